"""Nothing private is in what a user pastes into a bug report, and everything useful is."""

from reprise_core.privacy import masked


def test_nothing_private_is_left():
    token = "Zq3-_" + "a1" * 19
    text = (
        f"/home/anna/x.log and C:\\Users\\anna\\AppData and C:/Users/Anna/b, anna@host\n"
        f'Authorization: Bearer {token}\n{{"url": "http://127.0.0.1:1", "token": "{token}"}}\n'
        f"said {token} again; https://anna:pw@server/x; token=abc, /Users/bert/y; my-secret"
        " on Annas-Laptop.corp.example"
    )
    shown = masked(text, secrets=["my-secret", ""], home="/home/anna", user="anna", host="annas-laptop")
    for private in (token, "anna", "Anna", "bert", "pw@", "abc", "my-secret", "aptop", "corp"):
        assert private not in shown, private
    assert "~/x.log" in shown
    assert "http://127.0.0.1:1" in shown


def test_what_is_useful_stays():
    text = "ModuleNotFoundError: No module named 'torch'\nroot_translation /opt/x/lib a1b2c3 tokens 22"
    assert masked(text, home="/data/root", user="root", host="box") == text


def test_another_home_that_only_begins_alike_is_not_taken_for_it():
    assert masked("/data/eva2/x /data/eva/y", home="/data/eva", user="", host="") == "/data/eva2/x ~/y"
