import bpy

fields = bpy.context.scene.reprise

fields.prompt = "a person walks forward, turns around and walks back"
fields.seconds = 8.0
fields.seed = 0
