import bpy

fields = bpy.context.scene.reprise

fields.prompt = "a person kicks with the right leg"
fields.seconds = 3.0
fields.seed = 0
