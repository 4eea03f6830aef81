"""German: what is wrong and what to do about it, where that is the same each time."""

ERRORS: dict[str, str] = {
    "Add a line to it.": "Eine Zeile hinzufügen.",
    "Allow Blender and the backend's Python to talk over the loopback address 127.0.0.1 in the firewall.": (
        "In der Firewall erlauben, dass Blender und das Python des Backends über 127.0.0.1 miteinander sprechen."
    ),
    "Allow Online Access in Preferences > System > Network.": (
        "Unter Einstellungen > System > Netzwerk den Online-Zugriff erlauben."
    ),
    "Another Blender is installing the backend.": "Ein anderes Blender installiert das Backend.",
    "Check its address, that it runs, and any firewall between.": (
        "Die Adresse prüfen, ob es läuft, und jede Firewall dazwischen."
    ),
    "Choose 'On this machine' first.": "Zuerst 'Auf diesem Rechner' wählen.",
    "Choose a longer range.": "Einen längeren Bereich wählen.",
    "Choose another range of frames.": "Einen anderen Bildbereich wählen.",
    "Choose another take.": "Eine andere Aufnahme wählen.",
    "Choose another.": "Etwas anderes wählen.",
    "Choose one in the list of takes.": "Eine aus der Liste der Aufnahmen wählen.",
    "Choose one of the takes that it was put together from.": (
        "Eine der Aufnahmen wählen, aus denen sie zusammengesetzt ist."
    ),
    "Close other programs and generate again.": "Andere Programme schließen und noch einmal erzeugen.",
    "Find the references again.": "Die Vorbilder noch einmal suchen.",
    "Free some space, then continue.": "Platz schaffen und dann fortsetzen.",
    "Generate again then.": "Dann noch einmal erzeugen.",
    "Generate again to restart it; its log says more.": "Noch einmal erzeugen startet es neu; mehr steht im Protokoll.",
    "Generate again to start it.": "Noch einmal erzeugen startet es.",
    "Generate again.": "Noch einmal erzeugen.",
    "Generate one.": "Eine erzeugen.",
    "Give a token instead.": "Stattdessen ein Token angeben.",
    "Install Python 3.11, 3.12 or 3.13 (64 bit), then continue.": (
        "Python 3.11, 3.12 oder 3.13 (64 Bit) installieren und dann fortsetzen."
    ),
    "Install Python 3.12.": "Python 3.12 installieren.",
    "Install it here, or choose one of your own in the add-on's preferences.": (
        "Es hier installieren oder in den Einstellungen des Add-ons ein eigenes wählen."
    ),
    "It looks like https://server:8080.": "Sie sieht aus wie https://server:8080.",
    "Its log says more.": "Mehr steht im Protokoll.",
    "Leave it (Tab in the NLA editor) and try again.": (
        "Ihn verlassen (Tab im NLA-Editor) und es noch einmal versuchen."
    ),
    "Motion is being added to the library already.": "Es wird schon Bewegung zur Bibliothek hinzugefügt.",
    "Remove it there.": "Sie dort entfernen.",
    "Restart it and generate again.": "Es neu starten und noch einmal erzeugen.",
    "Retry generates from it; Apply to the Take keys it anew.": (
        "Noch einmal erzeugt daraus; Auf die Aufnahme anwenden setzt ihre Keyframes neu."
    ),
    "The backend answered without a job id.": "Das Backend hat ohne Auftragsnummer geantwortet.",
    "The backend failed without saying why.": "Das Backend ist gescheitert, ohne zu sagen warum.",
    "The backend is a server elsewhere.": "Das Backend ist ein Server anderswo.",
    "The backend is being installed.": "Das Backend wird installiert.",
    "The backend no longer answers.": "Das Backend antwortet nicht mehr.",
    "The backend runs, but this machine does not let Blender connect to it.": (
        "Das Backend läuft, aber dieser Rechner lässt Blender keine Verbindung dazu aufnehmen."
    ),
    "The backend was stopped.": "Das Backend wurde beendet.",
    "The backend's address holds a user name or a password.": (
        "Die Adresse des Backends enthält einen Benutzernamen oder ein Passwort."
    ),
    "The backend's answer is no JSON object.": "Die Antwort des Backends ist kein JSON-Objekt.",
    "The clip's motion is not there yet.": "Die Bewegung des Clips ist noch nicht da.",
    "The generation was cancelled.": "Das Erzeugen wurde abgebrochen.",
    "The motion backend is not installed.": "Das Backend ist nicht installiert.",
    "The motion has another skeleton than ours.": "Die Bewegung hat ein anderes Skelett als unseres.",
    "The motion has values that are no numbers.": "Die Bewegung hat Werte, die keine Zahlen sind.",
    "The program that fetches a Python is not in its package.": (
        "Das Programm, das ein Python holt, fehlt in seinem Paket."
    ),
    "The prompt list is empty.": "Die Liste der Beschreibungen ist leer.",
    "The scene that the motion was meant for is gone.": "Die Szene, für die die Bewegung gedacht war, ist fort.",
    "There is no Python here that the backend can use, and none could be fetched.": (
        "Hier gibt es kein Python, das das Backend verwenden kann, und es ließ sich keines holen."
    ),
    "This copy of the add-on carries no backend to install.": (
        "Diese Fassung des Add-ons bringt kein Backend zum Installieren mit."
    ),
    "Try again.": "Es noch einmal versuchen.",
    "Try another seed.": "Einen anderen Startwert versuchen.",
    "Update the backend.": "Das Backend aktualisieren.",
    "Use a backend on another machine: its address is set in the add-on's preferences.": (
        "Ein Backend auf einem anderen Rechner verwenden: Seine Adresse steht in den Einstellungen des Add-ons."
    ),
    "Use an https address, or an SSH tunnel to 127.0.0.1.": (
        "Eine https-Adresse oder einen SSH-Tunnel zu 127.0.0.1 verwenden."
    ),
    "Wait for it, or cancel it.": "Darauf warten oder es abbrechen.",
    "Wait until it is done there.": "Warten, bis es dort fertig ist.",
    "Wait until that is done.": "Warten, bis das fertig ist.",
}
