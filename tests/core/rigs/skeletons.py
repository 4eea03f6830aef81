"""The bone trees of well-known rigs: a line a bone, `name | place | joint`, children indented under their parent.

A line with `*` stands for both sides, `{s}` in names for the side; so do all lines below it. Places are those of
`builders.places`. Trees as the rigs' makers publish them; the third column is what a person would map.
"""

LIMBS_MIXAMO = """
 *{p}{s}UpLeg | hip | hip
  {p}{s}Leg | knee | knee
   {p}{s}Foot | ankle | ankle
    {p}{s}ToeBase | ball | foot
     {p}{s}Toe_End | toe_end
"""
ARM_MIXAMO = """
    *{p}{s}Shoulder | collar | collar
     {p}{s}Arm | shoulder | shoulder
      {p}{s}ForeArm | elbow | elbow
       {p}{s}Hand | wrist | wrist
"""
MIXAMO = (
    "{p}Hips | pelvis | pelvis\n"
    + LIMBS_MIXAMO
    + """
 {p}Spine | s.2 | spine1
  {p}Spine1 | s.4 | spine2
   {p}Spine2 | s.65 | spine3
    {p}Neck | neck | neck
     {p}Head | head | head
      {p}HeadTop_End | head_top
"""
    + ARM_MIXAMO
)
UNREAL_LEGS = """
  *thigh_{s} | hip | hip
   calf_{s} | knee | knee
    foot_{s} | ankle | ankle
     ball_{s} | ball | foot
    calf_twist_01_{s} | knee>ankle.6
   thigh_twist_01_{s} | hip>knee.1
"""
UNREAL_ARMS = """
{i}*clavicle_{s} | collar | collar
{i} upperarm_{s} | shoulder | shoulder
{i}  lowerarm_{s} | elbow | elbow
{i}   hand_{s} | wrist | wrist
{i}   lowerarm_twist_01_{s} | elbow>wrist.7
{i}  upperarm_twist_01_{s} | shoulder>elbow.1
"""
UE4 = (
    "root | floor\n pelvis | pelvis | pelvis\n"
    + UNREAL_LEGS
    + """
  spine_01 | s.15 | spine1
   spine_02 | s.4 | spine2
    spine_03 | s.6 | spine3
     neck_01 | neck | neck
      head | head | head
"""
    + UNREAL_ARMS.replace("{i}", "     ")
    + """
 ik_foot_root | floor
  *ik_foot_{s} | ankle
 ik_hand_root | floor
  ik_hand_gun | r_wrist
   *ik_hand_{s} | wrist
"""
)
UE5 = (
    "root | floor\n pelvis | pelvis | pelvis\n"
    + UNREAL_LEGS
    + """
  spine_01 | s.05 | spine1
   spine_02 | s.2
    spine_03 | s.4 | spine2
     spine_04 | s.6
      spine_05 | s.75 | spine3
       neck_01 | neck | neck
        neck_02 | neck>head.5
         head | head | head
"""
    + UNREAL_ARMS.replace("{i}", "       ")
    + """
 ik_foot_root | floor
  *ik_foot_{s} | ankle
 interaction | floor
 center_of_mass | floor
"""
)
METAHUMAN = UE5.replace(
    "     ball_{s} | ball | foot\n", "     ball_{s} | ball | foot\n      bigtoe_01_{s} | ball>toe_end.3\n"
)
VROID = """
Root | floor
 J_Bip_C_Hips | pelvis | pelvis
  J_Bip_C_Spine | s.15 | spine1
   J_Bip_C_Chest | s.4 | spine2
    J_Bip_C_UpperChest | s.6 | spine3
     J_Sec_C_Bust | chest_front
     J_Bip_C_Neck | neck | neck
      J_Bip_C_Head | head | head
       *J_Adj_{s}_FaceEye | eye
     *J_Bip_{s}_Shoulder | collar | collar
      J_Bip_{s}_UpperArm | shoulder | shoulder
       J_Bip_{s}_LowerArm | elbow | elbow
        J_Bip_{s}_Hand | wrist | wrist
  *J_Bip_{s}_UpperLeg | hip | hip
   J_Bip_{s}_LowerLeg | knee | knee
    J_Bip_{s}_Foot | ankle | ankle
     J_Bip_{s}_ToeBase | ball | foot
"""
UNITY = """
hips | pelvis | pelvis
 spine | s.15 | spine1
  chest | s.4 | spine2
   upperChest | s.6 | spine3
    neck | neck | neck
     head | head | head
      *{s}Eye | eye
    *{s}Shoulder | collar | collar
     {s}UpperArm | shoulder | shoulder
      {s}LowerArm | elbow | elbow
       {s}Hand | wrist | wrist
 *{s}UpperLeg | hip | hip
  {s}LowerLeg | knee | knee
   {s}Foot | ankle | ankle
    {s}Toes | ball | foot
"""
MMD = """
全ての親 | floor
 センター | waist_low
  グルーブ | waist_low
   腰 | pelvis | pelvis
    上半身 | s.2 | spine1
     上半身2 | s.55 | spine3
      首 | neck | neck
       頭 | head | head
        *{s}目 | eye
        両目 | face_front
      *{s}肩P | collar
       {s}肩 | collar | collar
        {s}肩C | shoulder
         {s}腕 | shoulder | shoulder
          {s}腕捩 | shoulder>elbow.6
           {s}ひじ | elbow | elbow
            {s}手捩 | elbow>wrist.6
             {s}手首 | wrist | wrist
            {s}手捩1 | elbow>wrist.25
            {s}手捩2 | elbow>wrist.5
            {s}手捩3 | elbow>wrist.75
          {s}腕捩1 | shoulder>elbow.25
          {s}腕捩2 | shoulder>elbow.5
          {s}腕捩3 | shoulder>elbow.75
    下半身 | s.2
     *腰キャンセル{s} | hip
      {s}足 | hip | hip
       {s}ひざ | knee | knee
        {s}足首 | ankle | ankle
         {s}つま先 | ball | foot
 *{s}足IK親 | ankle_floor
  {s}足ＩＫ | ankle
   {s}つま先ＩＫ | ball
"""
MMD_ENGLISH = """
master | floor
 center | pelvis | pelvis
  upper body | s.2 | spine1
   upper body2 | s.55 | spine3
    neck | neck | neck
     head | head | head
      *eye_{s} | eye
    *shoulder_{s} | collar | collar
     arm_{s} | shoulder | shoulder
      arm twist_{s} | shoulder>elbow.6
       elbow_{s} | elbow | elbow
        wrist twist_{s} | elbow>wrist.6
         wrist_{s} | wrist | wrist
        wrist twist1_{s} | elbow>wrist.25
        wrist twist2_{s} | elbow>wrist.5
        wrist twist3_{s} | elbow>wrist.75
      arm twist1_{s} | shoulder>elbow.25
      arm twist2_{s} | shoulder>elbow.5
      arm twist3_{s} | shoulder>elbow.75
  lower body | s.2
   *leg_{s} | hip | hip
    knee_{s} | knee | knee
     ankle_{s} | ankle | ankle
      toe_{s} | ball | foot
 *leg IK_{s} | ankle
  toe IK_{s} | ball
"""
REPRISE = """
pelvis | pelvis | pelvis
 *{s}_hip | hip | hip
  {s}_knee | knee | knee
   {s}_ankle | ankle | ankle
    {s}_foot | ball | foot
 spine1 | s.25 | spine1
  spine2 | s.5 | spine2
   spine3 | s.6 | spine3
    neck | neck | neck
     head | head | head
    *{s}_collar | collar | collar
     {s}_shoulder | shoulder | shoulder
      {s}_elbow | elbow | elbow
       {s}_wrist | wrist | wrist
"""
SMPL = REPRISE + "        {s}_hand | palm\n"
SMPLH = REPRISE + "".join(
    f"        {{s}}_{finger}1 | {finger}1\n         {{s}}_{finger}2 | {finger}2\n"
    for finger in ("index", "pinky", "thumb")
)
SMPLX = SMPLH.replace(
    "     head | head | head\n", "     head | head | head\n      jaw | jaw\n      *{s}_eye_smplhf | eye\n"
)
SMPL_FBX = """
root | floor
 {p}Pelvis | pelvis | pelvis
  *{p}{s}_Hip | hip | hip
   {p}{s}_Knee | knee | knee
    {p}{s}_Ankle | ankle | ankle
     {p}{s}_Foot | ball | foot
  {p}Spine1 | s.25 | spine1
   {p}Spine2 | s.5 | spine2
    {p}Spine3 | s.6 | spine3
     {p}Neck | neck | neck
      {p}Head | head | head
     *{p}{s}_Collar | collar | collar
      {p}{s}_Shoulder | shoulder | shoulder
       {p}{s}_Elbow | elbow | elbow
        {p}{s}_Wrist | wrist | wrist
         {p}{s}_Hand | palm
"""
GENESIS8 = """
hip | pelvis | pelvis
 pelvis | s.03
  *{s}ThighBend | hip | hip
   {s}ThighTwist | hip>knee.5
    {s}Shin | knee | knee
     {s}Foot | ankle | ankle
      {s}Metatarsals | ankle>ball.4
       {s}Toe | ball | foot
        {s}BigToe | ball>toe_end.4
 abdomenLower | s.08 | spine1
  abdomenUpper | s.28 | spine2
   chestLower | s.48
    chestUpper | s.72 | spine3
     *{s}Collar | collar | collar
      {s}ShldrBend | shoulder | shoulder
       {s}ShldrTwist | shoulder>elbow.5
        {s}ForearmBend | elbow | elbow
         {s}ForearmTwist | elbow>wrist.5
          {s}Hand | wrist | wrist
     neckLower | neck | neck
      neckUpper | neck>head.5
       head | head | head
        upperFaceRig | face_front
        lowerFaceRig | jaw
        *{s}Eye | eye
    *{s}Pectoral | breast
"""
GENESIS9 = """
hip | pelvis | pelvis
 pelvis | s.03
  *{s}_thigh | hip | hip
   {s}_shin | knee | knee
    {s}_foot | ankle | ankle
     {s}_metatarsals | ankle>ball.4
      {s}_toes | ball | foot
   {s}_thightwist1 | hip>knee.3
   {s}_thightwist2 | hip>knee.6
 spine1 | s.08 | spine1
  spine2 | s.28 | spine2
   spine3 | s.48
    spine4 | s.72 | spine3
     *{s}_shoulder | collar | collar
      {s}_upperarm | shoulder | shoulder
       {s}_forearm | elbow | elbow
        {s}_hand | wrist | wrist
        {s}_forearmtwist1 | elbow>wrist.4
       {s}_upperarmtwist1 | shoulder>elbow.4
     neck1 | neck | neck
      neck2 | neck>head.5
       head | head | head
        lowerjaw | jaw
        *{s}_eye | eye
"""
GENESIS2 = """
hip | pelvis | pelvis
 pelvis | s.03
  *{s}Thigh | hip | hip
   {s}Shin | knee | knee
    {s}Foot | ankle | ankle
     {s}Toe | ball | foot
 abdomen | s.1 | spine1
  abdomen2 | s.35 | spine2
   chest | s.55 | spine3
    *{s}Collar | collar | collar
     {s}Shldr | shoulder | shoulder
      {s}ForeArm | elbow | elbow
       {s}Hand | wrist | wrist
    neck | neck | neck
     head | head | head
      tongue01 | jaw
      *{s}Eye | eye
"""
CHARACTER_CREATOR = """
RL_BoneRoot | floor
 CC_Base_Hip | pelvis | pelvis
  CC_Base_Pelvis | s.02
   *CC_Base_{s}_Thigh | hip | hip
    CC_Base_{s}_Calf | knee | knee
     CC_Base_{s}_Foot | ankle | ankle
      CC_Base_{s}_ToeBase | ball | foot
       CC_Base_{s}_BigToe1 | ball>toe_end.4
      CC_Base_{s}_ToeBaseShareBone | ball
     CC_Base_{s}_CalfTwist01 | knee>ankle.2
     CC_Base_{s}_KneeShareBone | knee
    CC_Base_{s}_ThighTwist01 | hip>knee.2
  CC_Base_Waist | s.15 | spine1
   CC_Base_Spine01 | s.35 | spine2
    CC_Base_Spine02 | s.6 | spine3
     *CC_Base_{s}_Clavicle | collar | collar
      CC_Base_{s}_Upperarm | shoulder | shoulder
       CC_Base_{s}_Forearm | elbow | elbow
        CC_Base_{s}_Hand | wrist | wrist
        CC_Base_{s}_ForearmTwist01 | elbow>wrist.2
        CC_Base_{s}_ElbowShareBone | elbow
       CC_Base_{s}_UpperarmTwist01 | shoulder>elbow.2
     CC_Base_NeckTwist01 | neck | neck
      CC_Base_NeckTwist02 | neck>head.5
       CC_Base_Head | head | head
        CC_Base_FacialBone | face_front
         *CC_Base_{s}_Eye | eye
         CC_Base_JawRoot | jaw
     *CC_Base_{s}_Breast | breast
"""
BIPED = """
{p} | pelvis
 {p} Pelvis | pelvis | pelvis
  *{p} {s} Thigh | hip | hip
   {p} {s} Calf | knee | knee
    {p} {s} Foot | ankle | ankle
     {p} {s} Toe0 | ball | foot
  {p} Spine | s.15 | spine1
   {p} Spine1 | s.4 | spine2
    {p} Spine2 | s.65 | spine3
     {p} Neck | neck | neck
      {p} Head | head | head
      *{p} {s} Clavicle | collar | collar
       {p} {s} UpperArm | shoulder | shoulder
        {p} {s} Forearm | elbow | elbow
         {p} {s} Hand | wrist | wrist
"""
ROCKETBOX = BIPED.replace(
    "      {p} Head | head | head\n", "      {p} Head | head | head\n       {p} MJaw | jaw\n       *{p} {s}Eye | eye\n"
)
VALVE = """
ValveBiped.Bip01_Pelvis | pelvis | pelvis
 ValveBiped.Bip01_Spine | s.12 | spine1
  ValveBiped.Bip01_Spine1 | s.3 | spine2
   ValveBiped.Bip01_Spine2 | s.5
    ValveBiped.Bip01_Spine4 | s.75 | spine3
     ValveBiped.Bip01_Neck1 | neck | neck
      ValveBiped.Bip01_Head1 | head | head
     *ValveBiped.Bip01_{s}_Clavicle | collar | collar
      ValveBiped.Bip01_{s}_UpperArm | shoulder | shoulder
       ValveBiped.Bip01_{s}_Forearm | elbow | elbow
        ValveBiped.Bip01_{s}_Hand | wrist | wrist
 *ValveBiped.Bip01_{s}_Thigh | hip | hip
  ValveBiped.Bip01_{s}_Calf | knee | knee
   ValveBiped.Bip01_{s}_Foot | ankle | ankle
    ValveBiped.Bip01_{s}_Toe0 | ball | foot
"""
AUTO_RIG_PRO = """
root.x | pelvis | pelvis
 spine_01.x | s.2 | spine1
  spine_02.x | s.45 | spine2
   spine_03.x | s.65 | spine3
    neck.x | neck | neck
     head.x | head | head
      jawbone.x | jaw
      *c_eye.{s} | eye
    *shoulder.{s} | collar | collar
     arm_stretch.{s} | shoulder | shoulder
      forearm_stretch.{s} | elbow | elbow
       hand.{s} | wrist | wrist
       forearm_twist.{s} | elbow>wrist.5
      arm_twist.{s} | shoulder
 *thigh_stretch.{s} | hip | hip
  leg_stretch.{s} | knee | knee
   foot.{s} | ankle | ankle
    toes_01.{s} | ball | foot
   leg_twist.{s} | knee>ankle.5
  thigh_twist.{s} | hip
"""
MAKEHUMAN = """
root | pelvis | pelvis
 spine05 | s.12 | spine1
  spine04 | s.28
   spine03 | s.45 | spine2
    spine02 | s.62
     spine01 | s.8 | spine3
      neck01 | neck | neck
       neck02 | neck>head.35
        neck03 | neck>head.7
         head | head | head
          jaw | jaw
          *eye.{s} | eye
      *clavicle.{s} | collar | collar
       shoulder01.{s} | collar>shoulder.6
        upperarm01.{s} | shoulder | shoulder
         upperarm02.{s} | shoulder>elbow.5
          lowerarm01.{s} | elbow | elbow
           lowerarm02.{s} | elbow>wrist.5
            wrist.{s} | wrist | wrist
     *breast.{s} | breast
 *pelvis.{s} | pelvis
  upperleg01.{s} | hip | hip
   upperleg02.{s} | hip>knee.5
    lowerleg01.{s} | knee | knee
     lowerleg02.{s} | knee>ankle.5
      foot.{s} | ankle | ankle
       toe1-1.{s} | ball | foot
        toe1-2.{s} | ball>toe_end.6
"""
MAKEHUMAN_CMU = """
Hips | pelvis | pelvis
 *{h}HipJoint | pelvis
  {s}UpLeg | hip | hip
   {s}Leg | knee | knee
    {s}Foot | ankle | ankle
     {s}ToeBase | ball | foot
 LowerBack | s.15 | spine1
  Spine | s.4 | spine2
   Spine1 | s.65 | spine3
    Neck | neck | neck
     Neck1 | neck>head.5
      Head | head | head
    *{s}Shoulder | collar | collar
     {s}Arm | shoulder | shoulder
      {s}ForeArm | elbow | elbow
       {s}Hand | wrist | wrist
        {h}Thumb | thumb1
        {s}FingerBase | wrist>palm.5
         {s}HandFinger1 | palm
"""
BIOVISION = """
Hips | pelvis | pelvis
 *{s}Hip | hip | hip
  {s}Knee | knee | knee
   {s}Ankle | ankle | ankle
    {s}Toe | ball | foot
 Chest | s.2 | spine1
  Chest2 | s.4 | spine2
   Chest3 | s.55
    Chest4 | s.7 | spine3
     *{s}Collar | collar | collar
      {s}Shoulder | shoulder | shoulder
       {s}Elbow | elbow | elbow
        {s}Wrist | wrist | wrist
     Neck | neck | neck
      Head | head | head
"""
XSENS = """
Hips | pelvis | pelvis
 *{s}UpperLeg | hip | hip
  {s}LowerLeg | knee | knee
   {s}Foot | ankle | ankle
    {s}Toe | ball | foot
 L5 | s.2 | spine1
  L3 | s.4 | spine2
   T12 | s.55
    T8 | s.7 | spine3
     *{s}Shoulder | collar | collar
      {s}UpperArm | shoulder | shoulder
       {s}ForeArm | elbow | elbow
        {s}Hand | wrist | wrist
     Neck | neck | neck
      Head | head | head
"""
LAFAN = """
Hips | pelvis | pelvis
 *{s}UpLeg | hip | hip
  {s}Leg | knee | knee
   {s}Foot | ankle | ankle
    {s}Toe | ball | foot
 Spine | s.2 | spine1
  Spine1 | s.4 | spine2
   Spine2 | s.6 | spine3
    Neck | neck | neck
     Head | head | head
    *{s}Shoulder | collar | collar
     {s}Arm | shoulder | shoulder
      {s}ForeArm | elbow | elbow
       {s}Hand | wrist | wrist
"""
PERCEPTION_NEURON = """
Hips | pelvis | pelvis
 *{s}UpLeg | hip | hip
  {s}Leg | knee | knee
   {s}Foot | ankle | ankle
 Spine | s.15 | spine1
  Spine1 | s.35 | spine2
   Spine2 | s.55
    Spine3 | s.75 | spine3
     Neck | neck | neck
      Head | head | head
     *{s}Shoulder | collar | collar
      {s}Arm | shoulder | shoulder
       {s}ForeArm | elbow | elbow
        {s}Hand | wrist | wrist
         {s}InHandIndex | palm
          {s}HandIndex1 | index1
"""
ROKOKO = """
Hips | pelvis | pelvis
 *{s}Thigh | hip | hip
  {s}Shin | knee | knee
   {s}Foot | ankle | ankle
    {s}Toe | ball | foot
 Spine1 | s.15 | spine1
  Spine2 | s.35 | spine2
   Spine3 | s.55
    Spine4 | s.75 | spine3
     Neck | neck | neck
      Head | head | head
     *{s}Shoulder | collar | collar
      {s}Arm | shoulder | shoulder
       {s}ForeArm | elbow | elbow
        {s}Hand | wrist | wrist
"""
OPTITRACK = """
Hip | pelvis | pelvis
 Ab | s.2 | spine1
  Chest | s.55 | spine3
   Neck | neck | neck
    Head | head | head
   *{s}Shoulder | collar | collar
    {s}UArm | shoulder | shoulder
     {s}FArm | elbow | elbow
      {s}Hand | wrist | wrist
 *{s}Thigh | hip | hip
  {s}Shin | knee | knee
   {s}Foot | ankle | ankle
    {s}Toe | ball | foot
"""
BANDAI = """
joint_Root | floor
 Hips | pelvis | pelvis
  Spine | s.2 | spine1
   Chest | s.5 | spine3
    Neck | neck | neck
     Head | head | head
    *Shoulder_{s} | collar | collar
     UpperArm_{s} | shoulder | shoulder
      LowerArm_{s} | elbow | elbow
       Hand_{s} | wrist | wrist
  *UpperLeg_{s} | hip | hip
   LowerLeg_{s} | knee | knee
    Foot_{s} | ankle | ankle
     Toes_{s} | ball | foot
"""
MESH2MOTION = """
root | floor
 DEF-hips | pelvis | pelvis
  DEF-spine.001 | s.2 | spine1
   DEF-spine.002 | s.4 | spine2
    DEF-spine.003 | s.65 | spine3
     DEF-neck | neck | neck
      DEF-head | head | head
     *DEF-shoulder.{s} | collar | collar
      DEF-upper_arm.{s} | shoulder | shoulder
       DEF-forearm.{s} | elbow | elbow
        DEF-hand.{s} | wrist | wrist
  *DEF-thigh.{s} | hip | hip
   DEF-shin.{s} | knee | knee
    DEF-foot.{s} | ankle | ankle
     DEF-toe.{s} | ball | foot
"""
KAYKIT = """
root | floor
 hips | pelvis | pelvis
  spine | s.2 | spine1
   chest | s.5 | spine3
    head | head | head
    *upperarm.{s} | shoulder | shoulder
     lowerarm.{s} | elbow | elbow
      wrist.{s} | wrist | wrist
       hand.{s} | wrist>palm.3
        handslot.{s} | palm
  *upperleg.{s} | hip | hip
   lowerleg.{s} | knee | knee
    foot.{s} | ankle | ankle
     toes.{s} | ball | foot
"""
QUATERNIUS = """
Root | floor
 Hips | pelvis | pelvis
  Abdomen | s.2 | spine1
   Torso | s.5 | spine3
    Neck | neck | neck
     Head | head | head
    *Shoulder.{s} | collar | collar
     UpperArm.{s} | shoulder | shoulder
      LowerArm.{s} | elbow | elbow
       Palm.{s} | wrist | wrist
  *UpperLeg.{s} | hip | hip
   LowerLeg.{s} | knee | knee
    Foot.{s} | ankle | ankle
"""
ONE_SPINE = """
Armature | floor
 Pelvis_jnt | pelvis | pelvis
  Torso_jnt | s.4 | spine2
   Head_jnt | head | head
   *{s}_UpperArm_jnt | shoulder | shoulder
    {s}_Forearm_jnt | elbow | elbow
     {s}_Hand_jnt | wrist | wrist
  *{s}_Thigh_jnt | hip | hip
   {s}_Calf_jnt | knee | knee
    {s}_Foot_jnt | ankle | ankle
"""
ACCLAIM = """
root | pelvis | pelvis
 *{s}hipjoint | pelvis
  {s}femur | hip | hip
   {s}tibia | knee | knee
    {s}foot | ankle | ankle
     {s}toes | ball | foot
 lowerback | pelvis
  upperback | s.25 | spine1
   thorax | s.5 | spine2
    lowerneck | s.75 | spine3
     upperneck | neck | neck
      head | head | head
    *{s}clavicle | s.75 | collar
     {s}humerus | shoulder | shoulder
      {s}radius | elbow | elbow
       {s}wrist | wrist | wrist
        {s}hand | wrist>palm.3
         {s}fingers | palm
        {s}thumb | wrist
"""

LEFT_RIGHT, SMALL, CAPITAL = ("Left", "Right"), ("l", "r"), ("L", "R")

# family that the mapping should name -> (tree, side words, what {p} stands for)
FAMILY_TREES: dict[str, tuple[str, tuple[str, str], tuple[str, ...]]] = {
    "reprise": (REPRISE, ("left", "right"), ("",)),
    "mixamo": (MIXAMO, LEFT_RIGHT, ("mixamorig:", "mixamorig1:", "mixamorig_", "mixamorig", "")),
    "ready_player_me": (
        MIXAMO.replace("      {p}HeadTop_End", "      *{s}Eye | eye\n      {p}HeadTop_End"), LEFT_RIGHT, ("",)
    ),
    "motionbuilder": (LAFAN, LEFT_RIGHT, ("",)),
    "rokoko": (ROKOKO, LEFT_RIGHT, ("",)),
    "optitrack": (OPTITRACK, CAPITAL, ("",)),
    "biovision": (BIOVISION, LEFT_RIGHT, ("",)),
    "xsens": (XSENS, LEFT_RIGHT, ("",)),
    "bandai": (BANDAI, CAPITAL, ("",)),
    "unreal_ue4": (UE4, SMALL, ("",)),
    "unreal_ue5": (UE5, SMALL, ("",)),
    "metahuman": (METAHUMAN, SMALL, ("",)),
    "vrm": (UNITY, ("left", "right"), ("",)),
    "vroid": (VROID, CAPITAL, ("",)),
    "mmd_japanese": (MMD, ("左", "右"), ("",)),
    "mmd_english": (MMD_ENGLISH, CAPITAL, ("",)),
    "smpl": (SMPL, ("left", "right"), ("",)),
    "smplh": (SMPLH, ("left", "right"), ("",)),
    "smplx": (SMPLX, ("left", "right"), ("",)),
    "smpl_fbx": (SMPL_FBX, CAPITAL, ("m_avg_", "f_avg_", "")),
    "daz_genesis8": (GENESIS8, SMALL, ("",)),
    "daz_genesis9": (GENESIS9, SMALL, ("",)),
    "poser": (GENESIS2, SMALL, ("",)),
    "character_creator": (CHARACTER_CREATOR, CAPITAL, ("",)),
    "biped": (BIPED, CAPITAL, ("Bip01", "Bip001")),
    "rocketbox": (ROCKETBOX, CAPITAL, ("Bip01", "Bip02")),
    "valve_biped": (VALVE, CAPITAL, ("",)),
    "auto_rig_pro": (AUTO_RIG_PRO, SMALL, ("",)),
    "makehuman": (MAKEHUMAN, CAPITAL, ("",)),
    "makehuman_cmu": (MAKEHUMAN_CMU, LEFT_RIGHT, ("",)),
    "cmu_asf": (ACCLAIM, SMALL, ("",)),
    "mesh2motion": (MESH2MOTION, CAPITAL, ("",)),
    "kaykit": (KAYKIT, SMALL, ("",)),
    "quaternius": (QUATERNIUS, CAPITAL, ("",)),
}  # fmt: skip
UNKNOWN_TREES = {"one_spine": (ONE_SPINE, ("Left", "Right"), ("",)), "neuron": (PERCEPTION_NEURON, LEFT_RIGHT, ("",))}
