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
}
