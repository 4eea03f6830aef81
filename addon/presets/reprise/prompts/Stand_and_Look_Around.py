import bpy

fields = bpy.context.scene.reprise

fields.prompt = "a person stands and looks around"
fields.seconds = 6.0
fields.seed = 0
