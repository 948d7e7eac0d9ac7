import Testing

@testable import Files

@Suite struct WebLinkTests {
    @Test(arguments: [
        ("http://h/a.mp3", "http://h/a.mp3"), ("http://h/a%20b.mp3?x=%41#c", "http://h/a%20b.mp3?x=%41#c"),
        ("https://h:8/my show/ep 1.mp3?q=a b", "https://h:8/my%20show/ep%201.mp3?q=a%20b"),
        ("http://h\\a\\b.mp3?c\\d", "http://h/a/b.mp3?c\\d"), ("http://h/Žižek.ogg", "http://h/%C5%BDi%C5%BEek.ogg"),
        ("http://h/{a}`<b>\".mp3", "http://h/%7Ba%7D%60%3Cb%3E%22.mp3"),
        ("http://bücher.example/ü", "http://bücher.example/%C3%BC"),
        ("http://h/a+b&c;d=e@f!g*h'(i)[j]|k", "http://h/a+b&c;d=e@f!g*h'(i)[j]|k"), ("http://h?a b", "http://h?a%20b")
    ])
    func `a link becomes a URL as in a browser, and a URL stays as it is`(_ link: String, _ expected: String) {
        #expect(WebLink.url(link) == expected)
        #expect(WebLink.url(expected) == expected)
    }

    @Test(
        arguments: [
            ("http://h", "http://h"), ("hTTpS://H:443?a", "https://h"), ("http://H:443#a", "http://h:443"),
            ("https://", nil), ("http:/h", nil), ("ñttp://h", nil), ("ftp://h", nil), ("http", nil), ("", nil)
        ] as [(String, String?)])
    func `a web link begins with http or https, however they are written, and has a host`(
        _ link: String, _ origin: String?
    ) {
        #expect(WebLink.origin(of: link) == origin)
        let isOne = origin != nil || link == "https://"
        #expect(WebLink.isOne(link) == isOne)
    }

    @Test(arguments: [
        ("http://me:secret@h/a.xml", "http://h/a.xml"), ("http://h/a.xml?id=7&token=x#end", "http://h/a.xml?id=7#end"),
        ("http://h/a.xml?Access_Key=x", "http://h/a.xml"), ("http://h/a.xml?p=0a1b2c3d4e5f6a7b8c", "http://h/a.xml"),
        ("http://h/a.xml?show=a-long-name-of-a-show&page=2", "http://h/a.xml?show=a-long-name-of-a-show&page=2")
    ])
    func `what may be a secret is left out of a link`(link: String, open: String) {
        #expect(WebLink.withoutSecrets(link) == open)
    }
}
