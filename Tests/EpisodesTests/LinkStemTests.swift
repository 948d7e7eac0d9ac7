import Testing

@testable import Episodes

@Suite struct LinkStemTests {
    @Test(arguments: [
        "http://h/a.mp3", "https://h:8/a%20b.mp3?id=5&ep=2", "http://h/a.mp3?", "http://h/a.mp3?name=x&&v=1",
        "HTTP://H/A.MP3", "http://h/a;b=1/c.mp3?e=3", "http://op3.dev/e/a.mp3", "http://op3.dev/f/h.org/a.mp3",
        "http://media.blubrry.com/show/a.mp3", "http://h/get?md5=0&hash=1&st=2&sv=3"
    ])
    func `a link without noise is its own stem`(_ link: String) { #expect(stem(of: link) == link) }

    @Test(arguments: [
        ("?updated=1699999999", ""), ("?id=5&token=a.b&ep=2", "?id=5&ep=2"), ("#t=30", ""),
        ("?id=5#x?token=1", "?id=5"),
        ("?Expires=1&Signature=a~b&Key-Pair-Id=K", ""), ("?Policy=eyJ&id=7", "?id=7"),
        ("?X-Amz-Date=2&X-Amz-Signature=f&part=1", "?part=1"), ("?utm_source=rss&utm_medium=x", ""),
        ("?_=1&cb=2&nocache=3&PHPSESSID=4", ""), ("?md5=f&expires=9&f=a", "?f=a"),
        ("?sv=1&se=2&sp=r&sig=f&f=a", "?f=a"),
        ("?a=1&amp;token=2", "?a=1"), (";jsessionid=0F?a=1", "?a=1"), (";JSESSIONID=0F", "")
    ])
    func `what differs from day to day is taken off`(_ noise: String, _ rest: String) {
        #expect(stem(of: "https://h/a.mp3\(noise)") == "https://h/a.mp3\(rest)")
    }

    @Test(arguments: [
        "op3.dev/e", "op3.dev/e,pg=7f", "dts.podtrac.com/redirect.mp3", "www.podtrac.com/pts/redirect.m4a",
        "pdst.fm/e", "chtbl.com/track/G0F", "media.blubrry.com/show", "media.blubrry.com/show/p", "s.gum.fm/s-0f1e",
        "pdrl.fm/r/a/b", "2.gum.fm", "OP3.dev/e", "pdst.fm/e/chrt.fm/track/9/op3.dev/e"
    ])
    func `trackers in front of a link are taken off`(_ tracker: String) {
        #expect(stem(of: "https://\(tracker)/h.org/x/a.mp3?token=1") == "https://h.org/x/a.mp3")
        #expect(stem(of: "https://\(tracker)/http://h.org:8/a.mp3?id=1") == "http://h.org:8/a.mp3?id=1")
        #expect(stem(of: "https://\(tracker)/https:/h.org/a.mp3") == "https://h.org/a.mp3")
    }

    @Test func `a password is no part of it`() {
        #expect(stem(of: "https://ana:p@ss@h/a@b.mp3?x=@") == "https://h/a@b.mp3?x=@")
    }
}
