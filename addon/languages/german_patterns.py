"""German: what is wrong and what to do about it, where values stand in the sentence. The first that fits is taken."""

PATTERNS: dict[str, str] = {
    "The prompt has {length} characters; at most {most} are allowed.": (
        "Der Satz hat {length} Zeichen; höchstens {most} sind erlaubt."
    ),
    "The sequence has {count} prompts; at most {most} are allowed.": (
        "Die Folge hat {count} Sätze; höchstens {most} sind erlaubt."
    ),
    "The sequence lasts {total} seconds; at most {most} are allowed.": (
        "Die Folge dauert {total} Sekunden; höchstens {most} sind erlaubt."
    ),
    "It must be between {low} and {high}.": "Der Wert muss zwischen {low} und {high} liegen.",
    "It must be a whole number from {low} to {high}.": "Es muss eine ganze Zahl von {low} bis {high} sein.",
    "There is no engine '{engine}'.": "Es gibt keine Engine '{engine}'.",
    "There is no solver '{solver}'.": "Es gibt kein Lösungsverfahren '{solver}'.",
    "There is no retrieval method '{method}'.": "Es gibt keine Suchweise '{method}'.",
    "Use one of: {names}.": "Möglich sind: {names}.",
    "The weights of the engine {engine} are not installed: {path} is missing.": (
        "Die Gewichte der Engine {engine} sind nicht installiert: {path} fehlt."
    ),
    "The prompts file '{path}' cannot be read: {reason}.": (
        "Die Datei mit Sätzen '{path}' lässt sich nicht lesen: {reason}."
    ),
    "The prompts file '{path}' has no column 'prompt' (its columns: {columns}).": (
        "Der Datei mit Sätzen '{path}' fehlt die Spalte 'prompt' (ihre Spalten: {columns})."
    ),
    "The prompts file '{path}' has a header but no prompts.": (
        "Die Datei mit Sätzen '{path}' hat eine Kopfzeile, aber keine Sätze."
    ),
    "Prompt {number} of '{path}': {reason}": "Satz {number} von '{path}': {reason}",
    "No human figure was found among the {count} bones: it takes two legs, two arms and a pelvis.": (
        "Unter den {count} Knochen fand sich keine menschliche Figur: es braucht zwei Beine, zwei Arme und ein Becken."
    ),
    'No left leg was found below "{bone}".': 'Unter "{bone}" fand sich kein linkes Bein.',
    'No right leg was found below "{bone}".': 'Unter "{bone}" fand sich kein rechtes Bein.',
    "The left leg has no bone for the {joint}.": "Dem linken Bein fehlt ein Knochen für {joint}.",
    "The right leg has no bone for the {joint}.": "Dem rechten Bein fehlt ein Knochen für {joint}.",
    "The left arm has no bone for the {joint}.": "Dem linken Arm fehlt ein Knochen für {joint}.",
    "The right arm has no bone for the {joint}.": "Dem rechten Arm fehlt ein Knochen für {joint}.",
    "'{armature}' has no takes.": "'{armature}' hat keine Aufnahmen.",
    "'{armature}' has no Action.": "'{armature}' hat keine Action.",
    "'{armature}' is in the NLA editor's tweak mode.": "'{armature}' wird gerade im NLA-Editor angepasst.",
    "'{armature}' is linked from another file: make a library override of it first.": (
        "'{armature}' ist mit einer anderen Datei verknüpft: zuerst eine Bibliotheksüberschreibung davon machen."
    ),
    "'{name}' is linked from another file.": "'{name}' ist mit einer anderen Datei verknüpft.",
    "'{take}' was not generated from one request.": "'{take}' wurde nicht aus einer einzelnen Anfrage erzeugt.",
    "There is no take '{take}'.": "Es gibt keine Aufnahme '{take}'.",
    "No take plays on '{armature}'.": "Auf '{armature}' läuft keine Aufnahme.",
    "There is no folder '{folder}'.": "Es gibt keinen Ordner '{folder}'.",
    "There is no motion file in '{folder}'.": "Im Ordner '{folder}' liegt keine Bewegungsdatei.",
    "There is no Python at '{path}'.": "Unter '{path}' gibt es kein Python.",
    "The motion cannot be keyed now: {reason}.": "Die Bewegung kann jetzt nicht eingefügt werden: {reason}.",
    "The backend could not be started: {reason}.": "Das Backend ließ sich nicht starten: {reason}.",
    "The backend was not ready after {seconds} seconds.": "Das Backend war nach {seconds} Sekunden nicht bereit.",
    "The backend took more than {seconds} seconds.": "Das Backend brauchte mehr als {seconds} Sekunden.",
    "The backend at {url} cannot be reached ({reason}).": "Das Backend unter {url} ist nicht erreichbar ({reason}).",
    "The backend answered with HTTP status {status}.": "Das Backend antwortete mit dem HTTP-Status {status}.",
    "Nothing was generated within {seconds} seconds.": "In {seconds} Sekunden wurde nichts erzeugt.",
    "'{url}' is no address of a backend.": "'{url}' ist keine Adresse eines Backends.",
}
