import bpy

fields = bpy.context.scene.reprise

fields.prompt = "a person walks in a circle"
fields.seconds = 8.0
fields.seed = 0
