import bpy

fields = bpy.context.scene.reprise

fields.text_strength = 1.0
fields.reference_strength = 1.0
fields.references = 2
fields.method = "hybrid"
fields.steps = 0
fields.solver = "dpm++"
fields.engine = "remodiffuse"
fields.count = 1
fields.random_seed = False
fields.start_at = "CURRENT"
fields.root = "ROOT_BONE"
fields.loop = False
fields.lock_feet = True
fields.thin = False
fields.thin_degrees = 1.0
fields.thin_millimetres = 5.0
