import Testing

@testable import Lists

@Suite struct LinksTests {
    @Test(arguments: [
        ("x.mp3", "http://h/a/b.m3u", "http://h/a/x.mp3"), ("../x.mp3", "http://h/a/b/c.m3u", "http://h/a/x.mp3"),
        ("../../../x", "http://h/a/b", "http://h/x"), ("/x?y=1", "http://h/a/b", "http://h/x?y=1"),
        ("//o/x", "https://h/a", "https://o/x"), ("ftp://o/x", "http://h/a", "ftp://o/x"),
        ("?q", "http://h/a?p", "http://h/a?q"),
        ("x", "http://h", "http://h/x"), ("./a/./b/", "http://h/c/d", "http://h/c/a/b/"),
        ("x", "http://h/a?b=/c/", "http://h/x"),
        ("x.mp3", "/music/list.m3u", "/music/x.mp3"), ("../x", "/music/a/list", "/music/x"), ("x", "", "x"),
        ("", "http://h/a", "http://h/a")
    ])
    func `a link is meant beside its base`(_ link: String, _ base: String, _ expected: String) {
        #expect(joined(link, to: base) == expected)
    }

    @Test(arguments: [
        ("Track #2.mp3", "Track %232.mp3"), ("a\\b\\c.ogg", "a/b/c.ogg"), ("Who? Me.flac", "Who%3F Me.flac"),
        ("100% a%20b.mp3", "100%25 a%20b.mp3"), ("a.mp3?token=1#2", "a.mp3?token=1#2"), ("get?id=a#b", "get?id=a#b"),
        ("http://h/a#b.mp3", "http://h/a#b.mp3"), ("//h/a#b", "//h/a#b"), ("C:\\a.mp3", "C:\\a.mp3"),
        ("#1 #2/3.m4a", "%231 %232/3.m4a")
    ])
    func `a file's name becomes a link to it`(_ name: String, _ expected: String) {
        #expect(link(toFile: name) == expected)
    }
}
