import Testing
import Wire

@testable import Files

@Suite struct UserInfoTests {
    @Test(arguments: [
        (
            "https://ana:pw@example.org/f.xml?a=b#c", "https://example.org/f.xml?a=b#c", "https://example.org", "ana",
            "pw"
        ),
        ("HTTP://Ana@Example.org:8080", "HTTP://Example.org:8080", "http://example.org:8080", "Ana", ""),
        ("http://a%40b:x%3A%2f%@h/", "http://h/", "http://h", "a@b", "x:/%"),
        ("http://ana:p@ss:w@h/a@b", "http://h/a@b", "http://h", "ana", "p@ss:w"),
        ("http://ana:pa/s?s#@h:81/a", "http://h:81/a", "http://h:81", "ana", "pa/s?s#")
    ])
    func `a link is divided into what is asked for and who asks`(
        link: String, plain: String, origin: String, user: String, password: String
    ) {
        let (left, userInfo) = WebLink.divided(link)
        #expect(left == plain)
        #expect(userInfo == UserInfo(origin: origin, user: user, password: password))
    }

    @Test(arguments: [
        "https://example.org/", "http://h:80/a@b", "http://[::1]/a@b", "http://[::1]:8/a@b", "http://h/?x=a@b", "a@b",
        "/home/a@b://c", "track:a@b"
    ])
    func `other links are left as they are`(link: String) {
        #expect(WebLink.divided(link).plain == link && WebLink.divided(link).userInfo == nil)
    }

    @Test(arguments: [("ftp://ana:pw@h/a.mp3", "ftp://h/a.mp3"), ("http://:@h/", "http://h/")])
    func `what nobody can be asked with goes all the same`(link: String, plain: String) {
        #expect(WebLink.divided(link).plain == plain && WebLink.divided(link).userInfo == nil)
    }

    @Test(arguments: [
        ("https://ana:pw@h/f.xml?token=T#T", "https://h/f.xml?…"), ("https://h/f.xml#T", "https://h/f.xml#…"),
        ("https://h/f.xml", "https://h/f.xml"), ("/music/a #1?.mp3", "/music/a #1?.mp3"),
        ("htps://ana:pw@h/", "htps://h/")
    ])
    func `a link is shown without what may be secret`(link: String, shown: String) {
        #expect(WebLink.shown(link) == shown)
    }

    @Test func `a record loses it from all its own links, and keeps what it is called by`() throws {
        let line =
            #"{"v":1,"kind":"track","id":"c:track:1","ref":"http://a:1@h/x","media":{"url":"http://b:2@h/y","n":1.0},"#
            + #""track":{"artwork_url":"http://c:3@h/z"},"offer":{"url":"http://h/w","auth":"n"}}"#
        var record = try Record(line: Array(line.utf8))
        let found = record.takeUserInfo()
        #expect(Set(found.map(\.user)) == ["a", "b", "c"] && Set(found.map(\.password)) == ["1", "2", "3"])
        let left =
            #"{"v":1,"kind":"track","id":"c:track:1","ref":"http://h/x","#
            + #""media":{"url":"http://h/y","n":1.0,"auth":"c:track:1"},"#
            + #""track":{"artwork_url":"http://h/z"},"offer":{"url":"http://h/w","auth":"n"}}"#
        #expect(String(decoding: record.line, as: UTF8.self) == left)
        #expect(record.takeUserInfo().isEmpty)
    }
}
