import Testing

@testable import segue

@Suite struct NamesTests {
    private func told(_ paths: [String]) -> [String] {
        var names = Names()
        return paths.enumerated().map { number, path in
            let name = names.claim(path, for: "\(number + 1)")
            return name.owner.map { "\(name.path) since \($0)" } ?? name.path
        }
    }

    @Test func `the first has the name, and others get a number`() {
        #expect(
            told(["/m/a.b/x.mp3", "/m/a.b/x.mp3", "/m/a.b/x.mp3", "/m/a.b/x.flac"])
                == ["/m/a.b/x.mp3", "/m/a.b/x (2).mp3 since 1", "/m/a.b/x (3).mp3 since 1", "/m/a.b/x.flac"])
    }

    @Test func `a number that another track has by its title is left out`() {
        #expect(
            told(["/m/x (2).mp3", "/m/x.mp3", "/m/x.mp3", "/m/x (3).mp3"])
                == ["/m/x (2).mp3", "/m/x.mp3", "/m/x (3).mp3 since 2", "/m/x (3) (2).mp3 since 3"])
    }

    @Test func `names and folders that only some file systems tell apart are one`() {
        #expect(
            told(["/m/The Band/\u{C9}.mp3", "/m/THE BAND/e\u{301}.mp3", "/m/the band/x/y.mp3", "/m/The band/X/Y.mp3"])
                == [
                    "/m/The Band/\u{C9}.mp3", "/m/The Band/e\u{301} (2).mp3 since 1", "/m/The Band/x/y.mp3",
                    "/m/The Band/x/Y (2).mp3 since 3"
                ])
    }

    @Test func `a name without an extension is numbered at its end`() {
        #expect(told(["/m.n/x", "/m.n/x"]) == ["/m.n/x", "/m.n/x (2) since 1"])
    }
}
