import bpy

fields = bpy.context.scene.reprise

fields.style = "quickly"
fields.text_strength = 1.0
fields.reference_strength = 1.0
fields.references = 2
