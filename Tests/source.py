"""A source for tests: right as it stands, and wrong in one way where a test says so."""

import sys

RIGHT = '''
import json, os, signal, sys, time
BASE = sys.argv[1]
def say(kind, **members):
    print(json.dumps({"kind": kind, **members}), flush=True)
def get(url, form="text"):
    say("get", url=url, **{"as": form})
    return json.loads(sys.stdin.readline())
def refuse():
    say("error", **{"class": "permanent"}, code="no_data", message="there is no such thing")
def told(id):
    return {"title": f"Song {id}", "artist": "Artist", "duration_s": 0.2}
def media(id):
    return {"url": f"{BASE}/audio/{id}", "format": "flac"}
def hello():
    say("hello", base=[BASE])
def track(id):
    say("track", id=id, track=told(id), media=media(id))
def row(id):
    say("track", id=id, track=told(id))
def expand(question):
    for id in "123":
        row(id)
    say("done", total=3, collection={"title": "A list"})
def search(text, kind, limit):
    row("1")
    say("done")
def answer(question):
    if "hello" in question:
        hello()
    elif "track" in question:
        track(question["track"]) if question["track"].isdigit() else refuse()
    elif "expand" in question:
        expand(question) if question["expand"].endswith(":1") else refuse()
    else:
        search(question["search"], question["type"], question["limit"])
def work():
    for line in iter(sys.stdin.readline, ""):
        answer(json.loads(line))
'''

# What is wrong with each, and the rule that it breaks.
WRONG = {
    "hangs": ("answers-in-time", "def track(id): time.sleep(600)"),
    "hangs at once": ("answers-in-time", "def hello(): time.sleep(600)"),
    "never reads": ("answers-in-time", "def work(): time.sleep(600)"),
    "writes no end of a line": ("answers-in-time", "def track(id):\n print('{', end='', flush=True)\n time.sleep(600)"),
    "dies": ("stays-alive", "def track(id): sys.exit(3)"),
    "is killed in the middle": ("stays-alive", "def expand(question):\n row('1')\n os.kill(os.getpid(), signal.SIGKILL)"),
    "answers once and ends": ("stays-alive", "def track(id):\n say('track', id=id, track=told(id), media=media(id))\n sys.exit(0)"),
    "says no hello": ("answers-hello", "def hello(): say('done')"),
    "says a wrong hello": ("answers-hello", "def hello(): say('hello', base=BASE)"),
    "has a banner": ("valid-lines", "print('welcome', flush=True)"),
    "prints what it does": ("valid-lines", "def track(id):\n print('looking for', id, flush=True)\n say('track', id=id, track=told(id), media=media(id))"),
    "has kinds of its own": ("valid-lines", "def track(id): say('song', id=id)"),
    "answers in 100 MB": ("valid-lines", "def track(id): print('{\"kind\":\"' + 'x' * 100_000_000, flush=True)"),
    "nests deeply": ("valid-lines", "def track(id): print('{\"kind\":\"track\",\"x\":' + '[' * 1000 + ']' * 1000 + '}', flush=True)"),
    "writes what is no UTF-8": ("valid-lines", "def track(id): os.write(1, b'{\"kind\":\"track\",\"id\":\"\\xff\"}\\n')"),
    "asks for nothing": ("valid-lines", "def track(id): say('get')"),
    "asks to delete": ("valid-lines", "def track(id): say('get', url=BASE + '/file', method='DELETE')"),
    "asks for a whole tree": ("valid-lines", "def track(id): say('get', url=BASE + '/file', method='PROPFIND', depth=2)"),
    "sends something along": ("valid-lines", "def track(id): say('get', url=BASE + '/file', content='x')"),
    "goes on after the end": ("nothing-unasked", "def expand(question):\n [row(id) for id in '123']\n print('{\"kind\": \"done\"}\\n{\"kind\": \"done\"}', flush=True)"),
    "answers for another": ("own-ids", "def track(id): say('track', id='8', track=told('8'), media=media('8'))"),
    "gives no id": ("own-ids", "def track(id): say('track', track=told(id), media=media(id))"),
    "has rows that say nothing": ("right-members", "def row(id): say('track', track={'artist': 'A'})"),
    "has numbers for titles": ("right-members", "def told(id): return {'title': 7}"),
    "has lists that are tracks": ("right-members", "def expand(question):\n row('1')\n say('done', collection={'type': 'track'})"),
    "has a kind that is no word": ("answers-hello", "def hello(): say('hello', base=[BASE], kinds=['My shelf'])"),
    "has errors of its own": ("errors-in-words", "def track(id): say('error', **{'class': 'config'}, code='no_login', message='log in')"),
    "has errors without a code": ("errors-in-words", "def track(id): say('error', message='no')"),
    "has too many rows": ("bounded-answers", "def expand(question):\n for n in range(100_000): say('track', id=str(n))"),
    "has fat rows": ("bounded-answers", "def expand(question):\n for n in range(100): say('track', id=str(n), x='x' * 1_000_000)"),
    "turns in a circle": ("ends-pages", "def expand(question):\n row('1')\n say('done', next='again')"),
    "has no end of empty pages": ("ends-pages", "def expand(question): say('done', next=str(int(question.get('next', '0')) + 1))"),
    "gets without end": ("bounded-gets", "def track(id):\n while True: get(BASE + '/file')"),
    "asks for a file": ("asks-the-web", "def track(id):\n get('file:///etc/passwd')\n say('track', id=id, track=told(id), media=media(id))"),
    "asks for another port here": ("asks-the-web", "def track(id):\n get('http://127.0.0.1:1/admin')\n say('track', id=id, track=told(id), media=media(id))"),
    "asks for this machine by a name": ("asks-the-web", "def track(id):\n get(BASE.replace('127.0.0.1', 'localhost'))\n say('track', id=id, track=told(id), media=media(id))"),
    "asks for the cloud's own address": ("asks-the-web", "def track(id):\n get('http://169.254.169.254/latest/')\n say('track', id=id, track=told(id), media=media(id))"),
    "names a file": ("media-links", "def media(id): return {'url': 'file:///etc/passwd', 'format': 'flac'}"),
    "names another port here": ("media-links", "def media(id): return {'url': 'http://127.0.0.1:1/x.flac', 'format': 'flac'}"),
    "names the network": ("media-links", "def media(id): return {'url': 'http://192.168.0.1/x.flac', 'format': 'flac'}"),
    "names another's credential": ("media-links", "def media(id): return {'url': BASE + '/audio/1', 'format': 'flac', 'auth': 'bank'}"),
    "has a format of its own": ("media-links", "def media(id): return {'url': BASE, 'format': 'poem'}"),
    "has no media": ("media-links", "def media(id): return []"),
    "finds nothing": ("finds-references", "def expand(question): refuse()"),
    "knows everything": ("refuses-unknown", "def answer(question):\n if 'hello' in question: hello()\n elif 'track' in question: track(question['track'])\n else: expand(question)"),
    "changes its mind": ("same-again", "def told(id): return {'title': f'{id} {time.time()}'}"),
    "has rows that say less": ("rows-agree", "def row(id): say('track', id=id, track={'title': 'x'}, media=media(id))"),
    "does not end": ("ends-at-eof", "old = work\ndef work():\n old()\n time.sleep(600)"),
}


def write(path, wrong=""):
    """Writes a source, wrong in one way, and returns the command that runs it."""
    path.write_text(f"{RIGHT}\n{wrong}\nwork()\n")
    return [sys.executable, str(path)]
