import Testing
import Wire

@testable import Naming

@Suite struct TemplateTests {
    private let full: FieldValues = {
        var track = Track()
        (track.title, track.artist, track.artists) = ("Title", "A feat. B", ["A", "B"])
        (track.album, track.albumArtist) = ("Album", "A")
        (track.trackNumber, track.trackTotal, track.discNumber, track.discTotal) = (4, 104, 1, 2)
        (track.releaseDate, track.genres, track.label) = ("2024-03-07", ["Rock", "Jazz"], "Label")
        (track.isrc, track.bpm) = ("QZABC2400001", 127.6)
        return FieldValues(id: "c:track:7", track: track, format: .flac, quality: "flac_24")
    }()
    private let bare = FieldValues(id: "c:track:7", track: Track(), format: .mp3, quality: nil)

    private func path(_ template: String, _ values: FieldValues) throws -> [String] {
        try Template(template).path(values).parts
    }

    @Test func `the standard one is artist, album, track and title`() throws {
        #expect(try path(Template.standard, full) == ["A", "Album", "1-04 - Title"])
        #expect(try path(Template.standard, bare) == ["Unknown Artist", "Unknown Album", "7"])
    }

    @Test(arguments: [
        ("%title%", "Title"), ("%artist%", "A feat. B"), ("%albumartist%", "A"), ("%album%", "Album"),
        ("%track%", "04"), ("%tracktotal%", "104"), ("%disc%", "1"), ("%disctotal%", "2"),
        ("%multidisc%", "1"), ("%date%", "2024-03-07"), ("%year%", "2024"),
        ("%genre%", "Rock"), ("%label%", "Label"), ("%isrc%", "QZABC2400001"), ("%bpm%", "128"),
        ("%id%", "c:track:7"), ("%quality%", "flac_24"), ("%format%", "flac")
    ])
    func `every field has its value`(template: String, expected: String) throws {
        #expect(try path(template, full) == [expected])
    }

    @Test(arguments: [
        ("%track:3%", "004"), ("%track:1%", "4"), ("%disc:2%", "01"), ("%tracktotal:2%", "104"), ("%year:6%", "002024")
    ])
    func `numbers are padded to a width, whatever the total is`(template: String, expected: String) throws {
        #expect(try path(template, full) == [expected])
    }

    @Test func `the first known choice counts`() throws {
        #expect(try path("%albumartist|artist%", full) == ["A"])
        #expect(try path("%quality|format%", bare) == ["mp3"])
        #expect(try path("%disc|track:3%", full) == ["1"])
        #expect(try path("%genre|\"Un%{}|/sorted\"%", bare) == ["Un%{}|/sorted"])
    }

    @Test func `a choice of unknown fields has the substitute of its first`() throws {
        #expect(try path("%albumartist|artist%", bare) == ["Unknown Artist"])
        #expect(try path("%genre%", bare) == [""])
    }

    @Test func `an album artist that is unknown is the artist, and the other way round`() throws {
        var track = Track()
        track.artists = ["A", "B"]
        let values = FieldValues(id: "x", track: track, format: .flac, quality: nil)
        #expect(try path("%albumartist%", values) == ["A, B"])
        (track.artists, track.albumArtist) = ([], "C")
        #expect(try path("%artist%", FieldValues(id: "x", track: track, format: .flac, quality: nil)) == ["C"])
    }

    @Test func `a group is left out when anything in it is unknown`() throws {
        #expect(try path("{%disc%-}%track%", full) == ["1-04"])
        #expect(try path("{%disc%-}x", bare) == ["x"])
        #expect(try path("{%format% %disc%}x", bare) == ["x"])
        #expect(try path("{%genre%/}x", bare) == ["x"])
        #expect(try path("{%genre%/}x", full) == ["Rock", "x"])
        #expect(try path("{%albumartist%}x", bare) == ["x"])
        #expect(try path("{a{%disc%}b}x", bare) == ["abx"])
    }

    @Test func `the disc of an album that has but one says nothing`() throws {
        var track = Track()
        (track.title, track.discNumber, track.discTotal) = ("T", 1, 1)
        let one = FieldValues(id: "x", track: track, format: .flac, quality: nil)
        #expect(try path("{CD %multidisc%/}%title%", one) == ["T"])
        #expect(try path("{CD %multidisc%/}%title%", full) == ["CD 1", "Title"])
        #expect(try path("{CD %multidisc%/}%title%", bare) == ["7"])
    }

    @Test func `a compilation has a folder that albums of one artist have not`() throws {
        var track = Track()
        (track.albumArtist, track.album, track.compilation) = ("Various Artists", "Hits", true)
        let values = FieldValues(id: "x", track: track, format: .flac, quality: nil)
        #expect(try path("%compilation|albumartist%/%album%", values) == ["Compilations", "Hits"])
        #expect(try path("%compilation|albumartist%/%album%", full) == ["A", "Album"])
    }

    @Test func `a playlist and a place in it are known in its folder only`() throws {
        let values = FieldValues(
            id: "x", track: Track(), format: .flac, quality: nil, playlist: "Evening", position: 7)
        let template = try Template("%playlist%/%position% - %title%", fields: Field.allCases)
        #expect(template.path(values).parts == ["Evening", "007 - x"])
        #expect(throws: Failure.self) { try Template("%position%") }
    }

    @Test(arguments: [
        ("%albumartist%/%album%/%title%", 1, 0), ("%artist% - %album%/%title%", 0, nil), ("%title%", nil, nil),
        ("%genre%/%artist%/%album% (%year%)/{CD %multidisc%/}%title%", 2, 1), ("%artist%/%title%", nil, 0),
        ("%compilation|albumartist%/%album%", nil, 0), ("%isrc|album%/%title%", nil, nil)
    ])
    func `the folders of the album and of the artist are known`(template: String, album: Int?, artist: Int?) throws {
        let path = try Template(template).path(full)
        #expect(path.album == album)
        #expect(path.artist == artist)
    }

    @Test func `what stands for something unknown is nobody's folder`() throws {
        let path = try Template(Template.standard).path(bare)
        #expect(path.album == nil && path.artist == nil)
    }

    @Test func `zero is no number`() throws {
        var track = Track()
        (track.trackNumber, track.bpm) = (0, 0.3)
        #expect(try path("{%track%}{%bpm%}x", FieldValues(id: "x", track: track, format: .wav, quality: nil)) == ["x"])
    }

    @Test func `its own characters are written twice`() throws {
        #expect(try path("100%% {{%title%}} %%track%%", full) == ["100% {Title} %track%"])
    }

    @Test func `a slash in the template makes a folder, one in a value does not`() throws {
        var track = Track()
        (track.title, track.album) = ("a/../b", "/etc")
        let values = FieldValues(id: "x", track: track, format: .flac, quality: nil)
        #expect(try path("%album%/x/%title%", values) == ["/etc", "x", "a/../b"])
    }

    @Test(arguments: [
        ("%artst%", "artst"), ("%artst%", "albumartist"), ("%%%", "%%"), ("%title", "%"), ("{%title%", "{{"),
        ("%title%}", "}}"), ("/%title%", "/"), ("%title%/", "/"), ("a//b", "/"), ("{/}x", "/"), ("", "empty"),
        ("%title:2%", "width"), ("%track:0%", "width"), ("%track:x%", "width"), ("%track:21%", "width"),
        ("%genre|\"x%", "\""), ("%Title%", "Title"), ("%title %", "title ")
    ])
    func `a wrong one says what is wrong`(template: String, word: String) throws {
        let failure = #expect(throws: Failure.self) { try Template(template) }
        #expect(failure?.code == "bad_template")
        #expect(failure?.message.contains(word) == true)
    }

    @Test(arguments: [
        "../../%title%", "./%title%", "%artist%/../%title%", "%album%/..", "%artist%/ . /%title%", "...", "-"
    ])
    func `a part that is no name is refused`(template: String) {
        let failure = #expect(throws: Failure.self) { try Template(template) }
        #expect(failure?.message.contains("begin in the library") == true)
    }

    @Test(arguments: [
        ("C:\\Music\\%title%", "C:\\Music\\…", "C__Music_…"), ("%artist%: %title%", "…: …", "…_ …"),
        (".hidden/%title%", ".hidden", "hidden"),
        ("CON/%title%", "CON", "CON_"), ("%album%. /%title%", "…. ", "…")
    ])
    func `a name that cannot be as it is written is known with what it becomes`(
        template: String, text: String, name: String
    ) throws {
        let changes = try Template(template).changedNames
        #expect(changes.map(\.text) == [text])
        #expect(changes.map(\.name) == [name])
    }

    @Test(arguments: [Template.standard, "%artist% - %album%/{CD %multidisc%/}%title%", "~/Ö/…/%title%!"])
    func `names that can be are as they are written`(template: String) throws {
        #expect(try Template(template).changedNames.isEmpty)
    }
}
