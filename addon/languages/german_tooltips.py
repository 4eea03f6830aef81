"""German: tooltips."""

from ..core.skeleton import JOINT_NAMES
from ..engine_words import STEPS_OF_ENGINES

_JOINTS = {
    "pelvis": "Becken", "spine1": "unteren Rücken", "spine2": "mittleren Rücken", "spine3": "oberen Rücken",
    "neck": "Hals", "head": "Kopf", "left_hip": "linken Hüftgelenk", "right_hip": "rechten Hüftgelenk",
    "left_knee": "linken Knie", "right_knee": "rechten Knie", "left_ankle": "linken Knöchel",
    "right_ankle": "rechten Knöchel", "left_foot": "linken Ballen", "right_foot": "rechten Ballen",
    "left_collar": "linken Schlüsselbein", "right_collar": "rechten Schlüsselbein",
    "left_shoulder": "linken Schultergelenk", "right_shoulder": "rechten Schultergelenk",
    "left_elbow": "linken Ellbogen", "right_elbow": "rechten Ellbogen", "left_wrist": "linken Handgelenk",
    "right_wrist": "rechten Handgelenk",
}  # fmt: skip

TOOLTIPS: dict[str, str] = {
    f"The bone whose head lies at the {joint.replace('_', ' ')}; empty: none": (
        f"Der Knochen, dessen Kopf am {_JOINTS[joint]} liegt; leer: keiner"
    )
    for joint in JOINT_NAMES
} | {
    f"Steps of the sampler: more take longer. 0 is what the engine is made for ({STEPS_OF_ENGINES})": (
        f"Schritte der Berechnung: Mehr dauern länger. 0 ist das, wofür das Verfahren gemacht ist ({STEPS_OF_ENGINES})"
    ),
    # Generating
    "What the person does, in one English sentence": "Was die Person tut, in einem englischen Satz",
    "Words that are put behind every prompt of the panel, such as 'slowly and carefully'": (
        "Wörter, die hinter jede Beschreibung des Panels gesetzt werden, etwa 'slowly and carefully'"
    ),
    "Whether the length is given in seconds or in frames of the scene": (
        "Ob die Länge in Sekunden oder in Bildern der Szene angegeben wird"
    ),
    "The length in seconds": "Die Länge in Sekunden",
    "The length in the scene's frames": "Die Länge in Bildern der Szene",
    "How long the motion is": "Wie lang die Bewegung ist",
    "How long the motion is, in frames of the scene": "Wie lang die Bewegung ist, in Bildern der Szene",
    "How long this part is": "Wie lang dieser Teil ist",
    "How many takes to make at once, each with a seed of its own, to choose from": (
        "Wie viele Aufnahmen auf einmal gemacht werden, jede mit einem eigenen Startwert, zum Aussuchen"
    ),
    "Another seed is another take; the same seed and sentence give the same motion": (
        "Ein anderer Startwert gibt eine andere Aufnahme; derselbe mit demselben Satz dieselbe Bewegung"
    ),
    "Roll the dice at each generation; the seed that was used is shown beside it": (
        "Vor jedem Erzeugen würfeln; der verwendete Startwert steht daneben"
    ),
    "Roll the dice: another seed, another take": "Würfeln: anderer Startwert, andere Aufnahme",
    "What generates the motion": "Was die Bewegung erzeugt",
    "Diffusion, built on retrieved references": "Diffusion, aufgebaut auf gefundenen Vorbildern",
    "Masked motion tokens, built on retrieved references; it needs no solver": (
        "Maskierte Bewegungszeichen, aufgebaut auf gefundenen Vorbildern; braucht keinen Löser"
    ),
    "How much the sentence counts: 1 as trained, less is freer": (
        "Wie sehr der Satz zählt: 1 wie trainiert, weniger ist freier"
    ),
    "How much the retrieved motions count: 0 as if there were none, 1 as trained": (
        "Wie sehr die gefundenen Bewegungen zählen: 0 als gäbe es keine, 1 wie trainiert"
    ),
    "How many similar motions are retrieved from the library": (
        "Wie viele ähnliche Bewegungen aus der Bibliothek geholt werden"
    ),
    "What of the library's clips the sentence is compared with, to find references": (
        "Womit an den Clips der Bibliothek der Satz verglichen wird, um Vorbilder zu finden"
    ),
    "Clips whose captions say the like of the sentence": "Clips, deren Beschriftungen Ähnliches sagen wie der Satz",
    "Clips whose motion itself fits the sentence, whatever their captions say: for libraries with poor captions": (
        "Clips, deren Bewegung selbst zum Satz passt, was auch immer ihre Beschriftungen sagen: für schlecht "
        "beschriftete Bibliotheken"
    ),
    "How the sampler goes from step to step": "Wie die Berechnung von Schritt zu Schritt geht",
    "The published one: 50 steps": "Der veröffentlichte: 50 Schritte",
    "Of second order: 15 steps come nearer than 50 of DDIM": (
        "Zweiter Ordnung: 15 Schritte kommen näher heran als 50 von DDIM"
    ),
    "Return only when the motion is keyed, for scripts. Without a window that is the default": (
        "Erst zurückkehren, wenn die Bewegung in Keyframes steht, für Skripte. Ohne Fenster ist das die Vorgabe"
    ),
    "Generate a motion from a sentence: on the selected rig, or else on a new armature. What is not given is taken "
    "from the panel": (
        "Aus einem Satz eine Bewegung erzeugen: auf dem ausgewählten Rig oder sonst auf einer neuen Armatur. Was nicht "
        "angegeben ist, gilt wie im Panel"
    ),
    "How many references to look for, instead of using those shown": (
        "Wie viele Vorbilder gesucht werden, statt die gezeigten zu verwenden"
    ),
    "How to look for references, instead of using those shown": (
        "Wie Vorbilder gesucht werden, statt die gezeigten zu verwenden"
    ),
    "Generate the prompt list: as one continuous motion, or as a take for each sentence": (
        "Die Liste erzeugen: als eine zusammenhängende Bewegung oder als eine Aufnahme für jeden Satz"
    ),
    "Generate a take for each line of a CSV file. It needs a column prompt; further ones are name, seconds, seed, "
    "then, engine, solver, steps and more. What a line does not say is taken from the panel": (
        "Für jede Zeile einer CSV-Datei eine Aufnahme erzeugen. Sie braucht eine Spalte prompt; weitere sind name, "
        "seconds, seed, then, engine, solver, steps und mehr. Was eine Zeile nicht sagt, gilt wie im Panel"
    ),
    "The CSV file": "Die CSV-Datei",
    "Cancel the generation, also on the backend; what was keyed already stays": (
        "Das Erzeugen abbrechen, auch im Backend; was schon in Keyframes steht, bleibt"
    ),
    "Generate motion from sentences, and decide about takes": (
        "Aus Sätzen Bewegung erzeugen und über Aufnahmen entscheiden"
    ),
    # Prompts and presets
    "Prompts that were used last, and examples that work": "Zuletzt verwendete Beschreibungen und taugliche Beispiele",
    "Put this sentence and its seconds into the panel": "Diesen Satz mit seinen Sekunden in das Panel übernehmen",
    "The sentence": "Der Satz",
    "Forget the prompts used last, on this machine's disk as well": (
        "Die zuletzt verwendeten Beschreibungen vergessen, auch auf der Platte dieses Rechners"
    ),
    "Add, remove or move a line of the prompt list": "Eine Zeile der Liste hinzufügen, entfernen oder verschieben",
    "What to do with the list": "Was mit der Liste geschieht",
    "A new line with the prompt of the panel": "Eine neue Zeile mit der Beschreibung aus dem Panel",
    "Remove the active line": "Die aktive Zeile entfernen",
    "Move the active line up": "Die aktive Zeile nach oben schieben",
    "Move the active line down": "Die aktive Zeile nach unten schieben",
    "Remove all lines": "Alle Zeilen entfernen",
    "The line that is edited and moved": "Die Zeile, die bearbeitet und verschoben wird",
    "What the list becomes": "Was aus der Liste wird",
    "One continuous motion: each sentence goes on where the one before ends": (
        "Eine zusammenhängende Bewegung: Jeder Satz geht dort weiter, wo der vorige endet"
    ),
    "A take for each sentence": "Eine Aufnahme für jeden Satz",
    "Prompts kept as presets, with their seconds and seed": (
        "Beschreibungen als Vorlagen, mit ihren Sekunden und ihrem Startwert"
    ),
    "How something is done: words behind every prompt, with the strengths that suit them": (
        "Wie etwas getan wird: Wörter hinter jeder Beschreibung, mit den Stärken, die dazu passen"
    ),
    "How motions are generated and keyed, kept as presets": (
        "Wie Bewegungen erzeugt und in Keyframes gesetzt werden, als Vorlagen"
    ),
    "Keep the prompt with its seconds and seed as a preset, or remove a preset": (
        "Die Beschreibung mit Sekunden und Startwert als Vorlage behalten, oder eine Vorlage entfernen"
    ),
    "Keep the words of the style, and how much text and references count, as a preset, or remove a preset": (
        "Die Wörter des Stils, und wie sehr Text und Vorbilder zählen, als Vorlage behalten, oder eine Vorlage "
        "entfernen"
    ),
    "Keep how motions are generated and keyed as a preset, or remove a preset": (
        "Wie Bewegungen erzeugt und in Keyframes gesetzt werden, als Vorlage behalten, oder eine Vorlage entfernen"
    ),
    # Keying
    "The frame of the first key": "Das Bild des ersten Keyframes",
    "The keys begin at the playhead": "Die Keyframes beginnen am Abspielkopf",
    "The keys begin at the first frame of the scene": "Die Keyframes beginnen am ersten Bild der Szene",
    "Where the way over the ground is keyed": "Wo der Weg über den Boden steht",
    "The hips carry the figure through the scene": "Die Hüfte trägt die Figur durch die Szene",
    "The figure stays on the spot": "Die Figur bleibt am Ort",
    "The bone above the hips travels, and the hips move relative to it": (
        "Der Knochen über der Hüfte wandert, und die Hüfte bewegt sich ihm gegenüber"
    ),
    "Cut out the best cycle and blend its seam, so that it can be repeated": (
        "Den besten Zyklus ausschneiden und seine Naht überblenden, so dass er sich wiederholen lässt"
    ),
    "Hold feet that stand on the ground with the rig's own legs, whatever their proportions": (
        "Füße, die auf dem Boden stehen, mit den Beinen des Rigs festhalten, wie auch immer deren Maße sind"
    ),
    "Leave out keys that a smooth curve does not need, to edit the motion more easily": (
        "Keyframes weglassen, die eine glatte Kurve nicht braucht, um die Bewegung leichter zu bearbeiten"
    ),
    "How far a bone's rotation may be off on any frame, in degrees": (
        "Wie weit die Drehung eines Knochens auf irgendeinem Bild abweichen darf, in Grad"
    ),
    "How far the body's place may be off on any frame, in millimetres": (
        "Wie weit der Ort des Körpers auf irgendeinem Bild abweichen darf, in Millimetern"
    ),
    # Takes
    "The name of the take's Action; empty: the one that plays": "Der Name der Aktion; leer: die gerade läuft",
    "What can be done with the take that plays": "Was sich mit der laufenden Aufnahme tun lässt",
    "Keep the take that plays; the others stay in the list, and what was there before stays as an Action": (
        "Die laufende Aufnahme behalten; die anderen bleiben in der Liste, und was vorher da war, bleibt als Aktion"
    ),
    "Remove the takes of this generation, and bring back what the armature did before": (
        "Die eben erzeugten Aufnahmen entfernen und zurückholen, was die Armatur vorher tat"
    ),
    "Let a take play on the armature": "Eine Aufnahme auf der Armatur laufen lassen",
    "Let the next take of the list play": "Die nächste Aufnahme der Liste laufen lassen",
    "The take before instead": "Stattdessen die vorige Aufnahme",
    "Generate the take's prompt again, as it was asked for, with a new seed": (
        "Dieselbe Beschreibung noch einmal erzeugen, mit einem neuen Startwert"
    ),
    "Generate the take again from all that is stored with it, seed and references included, as a new take": (
        "Die Aufnahme aus allem, was bei ihr steht, als neue Aufnahme noch einmal erzeugen, Startwert und Vorbilder "
        "eingeschlossen"
    ),
    "Key the take that plays again as Clean-up says now, without generating: a new take, the old one stays": (
        "Die laufende Aufnahme neu in Keyframes setzen, wie es unter Nachbearbeitung steht, ohne zu erzeugen: eine "
        "neue Aufnahme, die alte bleibt"
    ),
    "Let the take go on from the pose at the playhead, its spot and heading: a new take of what plays up to there "
    "and this one": (
        "Die Aufnahme von Pose, Ort und Richtung am Abspielkopf aus weitergehen lassen: eine neue Aufnahme aus dem, "
        "was bis dorthin läuft, und dieser"
    ),
    "Make the take a strip on a new track of the NLA editor, where its keys are": (
        "Die Aufnahme als Streifen auf eine neue Spur des NLA-Editors legen, dorthin, wo ihre Keyframes stehen"
    ),
    "Put the take away on a muted track of the NLA editor, as Blender does with stashed Actions": (
        "Die Aufnahme auf eine stumme Spur des NLA-Editors weglegen, wie Blender es mit Aktionen macht"
    ),
    "Remove a take and its Action from the file": "Eine Aufnahme und ihre Aktion aus der Datei entfernen",
    # References and the library
    "Look for the clips of the library that come nearest to the prompt and its length, and show them beside the "
    "character. The next generation is built on exactly those that are shown": (
        "Die Clips der Bibliothek suchen, die der Beschreibung und ihrer Länge am nächsten kommen, und sie neben der "
        "Figur zeigen. Das nächste Erzeugen baut auf genau den gezeigten auf"
    ),
    "Keep this clip in the list, whatever is looked for next; or let it go again": (
        "Diesen Clip in der Liste behalten, was auch immer gesucht wird; oder ihn wieder freigeben"
    ),
    "Take this clip out of the list, and never find it again in this scene until excluded clips are allowed again": (
        "Diesen Clip aus der Liste nehmen und in dieser Szene nicht wieder finden, bis ausgeschlossene wieder "
        "zugelassen sind"
    ),
    "Move this clip up or down in the list": "Diesen Clip in der Liste nach oben oder unten schieben",
    "Down instead of up": "Nach unten statt nach oben",
    "The clip's id in the library": "Die Kennung des Clips in der Bibliothek",
    "Show no references any more, pinned ones included: the next generation looks for its own": (
        "Keine Vorbilder mehr zeigen, auch keine angehefteten: Das nächste Erzeugen sucht sich eigene"
    ),
    "Let the excluded clips be found again": "Die ausgeschlossenen Clips wieder finden lassen",
    "Key this clip itself, as it is in the library, on the selected rig, or else on a new armature: as a take, "
    "which is accepted or rejected like a generated one": (
        "Diesen Clip selbst, wie er in der Bibliothek steht, auf das ausgewählte Rig oder eine neue Armatur bringen: "
        "als Aufnahme, die wie eine erzeugte behalten oder verworfen wird"
    ),
    "Remove this clip, which you added, from your library for good": (
        "Diesen selbst hinzugefügten Clip endgültig aus der eigenen Bibliothek entfernen"
    ),
    "Put what the selected rig does into your own library, where prompts find it: its whole Action or a range of "
    "frames, with constraints, IK and NLA as they play": (
        "Was das ausgewählte Rig tut, in die eigene Bibliothek legen, wo Beschreibungen es finden: die ganze Aktion "
        "oder einen Bildbereich, mit Constraints, IK und NLA, wie sie spielen"
    ),
    "Put motion files into your own library: BVH, ASF/AMC, glTF, Motions of Reprise, or zip archives of these; "
    "without a file chosen, all that are in the folder and below it": (
        "Bewegungsdateien in die eigene Bibliothek legen: BVH, ASF/AMC, glTF, Bewegungen von Reprise oder Zip-Archive "
        "davon; ist keine Datei gewählt, alle im Ordner und darunter"
    ),
    "Add no more files; what is in the library already stays": (
        "Keine weiteren Dateien hinzufügen; was schon in der Bibliothek ist, bleibt"
    ),
    "Which frames": "Welche Bilder",
    "From the first to the last key of the Action": "Vom ersten bis zum letzten Keyframe der Aktion",
    "The scene's frame range, or its preview range where one is set": (
        "Der Bildbereich der Szene, oder ihr Vorschaubereich, wo einer gesetzt ist"
    ),
    "The frames given here": "Die hier angegebenen Bilder",
    "The first frame": "Das erste Bild",
    "The last frame": "Das letzte Bild",
    "Where the files are": "Wo die Dateien liegen",
    "What the person does, in one English sentence; further ones after a semicolon. Clips are found by it. Empty: the "
    "file's own, or words of its name": (
        "Was die Person tut, in einem englischen Satz; weitere nach einem Semikolon. Danach werden Clips gefunden. "
        "Leer: was in der Datei steht, oder Wörter ihres Namens"
    ),
    "Words to filter by, with commas between them": "Wörter zum Filtern, mit Kommas dazwischen",
    "The terms under which you have the motion, kept with it": (
        "Zu welchen Bedingungen die Bewegung vorliegt; wird mit ihr aufbewahrt"
    ),
    "Draw the references beside the character, playing with the timeline. The viewport's Show Overlays hides them, "
    "too": (
        "Die Vorbilder neben der Figur zeichnen, mit der Zeitleiste laufend. Auch der Schalter für Overlays des "
        "Viewports blendet sie aus"
    ),
    "Look for references on its own when you pause after editing the prompt, if the backend is ready": (
        "Von selbst nach Vorbildern suchen, wenn nach dem Ändern der Beschreibung innegehalten wird und das Backend "
        "bereit ist"
    ),
    "Of the figures; the alpha is how solid they are": "Der Figuren; Alpha sagt, wie deckend sie sind",
    "Of the figures that are pinned": "Der angehefteten Figuren",
    "Between the character and the figures beside it, in metres for a character of a person's size": (
        "Zwischen der Figur und denen neben ihr, in Metern für eine Figur von der Größe eines Menschen"
    ),
    "Write above each figure what it does and how well it fits": (
        "Über jede Figur schreiben, was sie tut und wie gut sie passt"
    ),
    # The rig
    "Map the rig automatically again, without the bones chosen by hand": (
        "Das Rig wieder selbsttätig zuordnen, ohne die von Hand gewählten Knochen"
    ),
    "Give each joint chosen by hand on one side only the bone of the mirrored name on the other side": (
        "Jedem nur auf einer Seite von Hand gewählten Gelenk auf der anderen Seite den Knochen des gespiegelten Namens "
        "geben"
    ),
    "Keep this mapping for every rig with the same bones, in this file and others": (
        "Diese Zuordnung für jedes Rig mit denselben Knochen behalten, in dieser und anderen Dateien"
    ),
    "Remove the mapping that was saved for rigs with these bones": (
        "Die für Rigs mit diesen Knochen gespeicherte Zuordnung entfernen"
    ),
    "Put a short motion on the rig that moves each limb in turn, left before right; undo takes it away again": (
        "Eine kurze Bewegung auf das Rig bringen, die ein Glied nach dem anderen bewegt, links vor rechts; Rückgängig "
        "nimmt sie wieder weg"
    ),
    "Write what the rig does in the scene's frame range as a Motion (.npz), which the library takes": (
        "Was das Rig im Bildbereich der Szene tut, als Bewegung (.npz) schreiben, die die Bibliothek annimmt"
    ),
    "Where to write the motion": "Wohin die Bewegung geschrieben wird",
    "On a control rig that is known (Rigify), key its controls and set its switches, so that the motion stays "
    "editable. Off: key the bones of the mapping themselves": (
        "Auf einem bekannten Steuer-Rig (Rigify) dessen Steuerknochen animieren und seine Schalter stellen, so dass "
        "die Bewegung bearbeitbar bleibt. Aus: die zugeordneten Knochen selbst animieren"
    ),
    "What leads arms and legs of a control rig that is known. The motion is the same": (
        "Was Arme und Beine eines bekannten Steuer-Rigs führt. Die Bewegung ist dieselbe"
    ),
    "The limbs are switched to FK": "Die Gliedmaßen werden auf FK gestellt",
    "Hands, feet and poles are keyed as well as the FK controls, and the limbs are switched to IK": (
        "Neben den FK-Steuerknochen werden Hände, Füße und Pole animiert und die Gliedmaßen auf IK gestellt"
    ),
    "Where arms of other proportions would take the hands elsewhere, keep the hands' places beside the body and "
    "each other instead of the arms' exact directions": (
        "Wo Arme anderer Maße die Hände woandershin führten, deren Orte neben dem Körper und zueinander halten statt "
        "der genauen Richtungen der Arme"
    ),
    # The backend and the preferences
    "Download and install the backend for this machine; says first how large it is": (
        "Das Backend für diesen Rechner herunterladen und installieren; sagt zuerst, wie groß es ist"
    ),
    "Stop installing; what was downloaded is kept, to go on from there": (
        "Die Installation anhalten; das Heruntergeladene bleibt, um von dort weiterzumachen"
    ),
    "Start the backend, or connect to it, so that the first generation need not wait": (
        "Das Backend starten oder sich mit ihm verbinden, damit das erste Erzeugen nicht warten muss"
    ),
    "End the backend process and free its memory; the next generation starts it again": (
        "Den Backend-Prozess beenden und seinen Speicher freigeben; das nächste Erzeugen startet ihn wieder"
    ),
    "Remove what the add-on installed from the disk; it can be installed again": (
        "Was das Add-on installiert hat, von der Platte entfernen; es lässt sich wieder installieren"
    ),
    "Open the newest log of the backend, or of its installation": (
        "Das neueste Protokoll des Backends oder seiner Installation öffnen"
    ),
    "Copy versions, the backend's state and the end of its log to the clipboard, for a bug report": (
        "Versionen, den Zustand des Backends und das Ende seines Protokolls für eine Fehlermeldung in die "
        "Zwischenablage kopieren"
    ),
    "Installed by the add-on, started and ended with Blender": (
        "Vom Add-on installiert, mit Blender gestartet und beendet"
    ),
    "A Python on this machine that has the package 'reprise'": (
        "Ein Python auf diesem Rechner, das das Paket 'reprise' hat"
    ),
    "A backend that somebody started: by its address and token": (
        "Ein Backend, das jemand gestartet hat: mit Adresse und Token"
    ),
    "The interpreter of the environment that has the package 'reprise'": (
        "Der Interpreter der Umgebung, die das Paket 'reprise' hat"
    ),
    "The port on this machine that the backend listens on; 0 takes any free one": (
        "Der Port auf diesem Rechner, auf dem das Backend hört; 0 nimmt irgendeinen freien"
    ),
    "What the backend computes on": "Worauf das Backend rechnet",
    "A graphics card where there is one that can be used": "Auf einer Grafikkarte, wo es eine brauchbare gibt",
    "The processor, also where there is a graphics card": "Auf dem Prozessor, auch wo es eine Grafikkarte gibt",
    "The motion library that references come from; empty: the one that comes along. The backend takes another one "
    "when it is next started": (
        "Die Bibliothek, aus der Vorbilder kommen; leer: die mitgelieferte. Das Backend nimmt eine andere, wenn es das "
        "nächste Mal startet"
    ),
    "Where the backend answers: https://..., or http://127.0.0.1:PORT on this machine": (
        "Wo das Backend antwortet: https://..., oder http://127.0.0.1:PORT auf diesem Rechner"
    ),
    "The secret that 'reprise serve' was started with (REPRISE_TOKEN). Blender keeps it in its preferences file, "
    "which others must not read": (
        "Das Geheimnis, mit dem 'reprise serve' gestartet wurde (REPRISE_TOKEN). Blender hält es in seiner "
        "Einstellungsdatei, die andere nicht lesen dürfen"
    ),
    "Move the scene's end frame to the last key when the motion is longer": (
        "Das Endbild der Szene auf den letzten Keyframe verschieben, wenn die Bewegung länger ist"
    ),
}
