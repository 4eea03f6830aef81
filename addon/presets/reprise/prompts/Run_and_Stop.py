import bpy

fields = bpy.context.scene.reprise

fields.prompt = "a person runs forward and stops"
fields.seconds = 4.0
fields.seed = 0
