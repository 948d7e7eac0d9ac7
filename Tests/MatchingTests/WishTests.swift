import Testing
import Wire

@testable import Matching

@Suite struct WishTests {
    private func track(_ text: String, _ change: (inout Track) -> Void = { _ in }) -> Track {
        let parts = text.split(separator: " | ", maxSplits: 1).map(String.init)
        let title = parts[1].split(separator: " @")
        var track = Track()
        (track.artist, track.artists, track.title) = (parts[0], [parts[0]], String(title[0]))
        track.duration = title.count > 1 ? Double(title[1]) : nil
        change(&track)
        return track
    }

    private func isMet(_ wished: String, _ found: String) -> Bool { Wish(track(wished)).isMet(by: track(found)) }

    @Test(arguments: Pairs.same) func `one recording, spelt in two ways`(_ wished: String, _ found: String) {
        #expect(isMet(wished, found))
    }

    @Test(arguments: Pairs.different) func `two recordings`(_ wished: String, _ found: String) {
        #expect(!isMet(wished, found))
    }

    @Test func `what is missed is little, and known`() {
        #expect(Pairs.missed.filter { !isMet($0.wished, $0.found) }.count == Pairs.missed.count)
        #expect(Pairs.missed.count * 50 <= Pairs.same.count)
    }

    private func choice(_ wished: Track, _ found: [Track]) -> Int? {
        guard case .best(let index, _) = Wish(wished).choose(of: Array(found.indices), { found[$0] }) else {
            return nil
        }
        return index
    }

    @Test func `the recording's id goes before the ISRC, and another id proves nothing`() {
        let (one, other) = ("b1a9c0e9-d987-4042-ae91-78d6a3267d69", "8f3471b5-7e6a-48da-86a9-c1c07a0f47ae")
        let wished = track("Ann | Road @200") { ($0.isrc, $0.musicBrainz.recording) = ("QZABC2400001", one) }
        let found = [
            track("Ann | Road @200") { $0.isrc = "QZABC2400001" },
            track("Bo | Other @900") { $0.musicBrainz.recording = one },
            track("Ann | Road @200") { $0.musicBrainz.recording = other }
        ]
        #expect(choice(wished, found) == 1)
        #expect(choice(wished, [found[2]]) == 0)
    }

    @Test func `what a choice rests on is told`() throws {
        let id = "b1a9c0e9-d987-4042-ae91-78d6a3267d69"
        let wished = track("Ann | Road @200") { ($0.isrc, $0.musicBrainz.recording) = ("QZABC2400001", id) }
        let found: [(Track, Match.Evidence)] = [
            (track("Bo | Other") { $0.musicBrainz.recording = id }, .recordingID),
            (track("Bo | Other") { $0.isrc = "QZABC2400001" }, .isrc), (track("Ann feat. Bo | Road"), .names),
            (track("Ann | Road (2011 Remaster) @201"), .length)
        ]
        for (track, expected) in found {
            guard case .best(_, let evidence) = Wish(wished).choose(of: [track], { $0 }) else {
                Issue.record("\(track) is not taken")
                continue
            }
            #expect(evidence == expected)
        }
    }

    @Test func `the ISRC goes before names, names before what only the length tells`() {
        let wished = track("Ann | Road @200") { $0.isrc = "qz-abc-24-00001" }
        let found = [
            track("Ann | Road (2011 Remaster) @200"), track("Ann feat. Bo | Road @200"), track("Ann | Road @204"),
            track("Ann | Road @201"),
            track("Bo | Other @900") { $0.isrc = "QZABC2400001" }
        ]
        for count in 1...found.count { #expect(choice(wished, Array(found.prefix(count))) == count - 1) }
    }

    @Test func `of equal ones the same album is taken, or else the first`() {
        let wished = track("Ann | Road") { $0.album = "Blue" }
        let found = [track("Ann | Road") { $0.album = "Hits" }, track("Ann | Road") { $0.album = "BLUE" }]
        #expect(choice(wished, found) == 1)
        #expect(choice(track("Ann | Road"), found) == 0)
    }

    @Test func `a wish without an artist takes any but an imitation`() {
        var wished = Track()
        wished.title = "Road"
        #expect(
            choice(wished, [track("The Karaoke Crew | Road"), track("Ann Tribute Band | Road"), track("Ann | Road")])
                == 2)
        #expect(choice(wished, [track("Ann | Road") { $0.album = "Karaoke Party" }]) == nil)
    }

    @Test func `a wish for an imitation takes one`() {
        #expect(isMet("Ann | Road (Karaoke)", "Ann | Road - Karaoke Version"))
        #expect(isMet("Karaoke Crew | Road", "Karaoke Crew | Road"))
    }

    @Test func `artists that are told one by one are whole names`() {
        var found = track("Earth, Wind & Fire | Road")
        found.artists = ["Earth, Wind & Fire", "Ann"]
        #expect(Wish(track("Ann | Road")).isMet(by: found))
        #expect(!Wish(track("Wind | Road")).isMet(by: found))
        var wished = track("Ann, Bo | Road")
        wished.artists = ["Ann", "Bo"]
        #expect(Wish(wished).isMet(by: track("Bo & Ann | Road")))
    }

    @Test func `what came nearest is told, with why it is not the one`() {
        let found = [
            track("Cy | Path"), track("Bo | Road"), track("Ann | Road (Live)"), track("Ann | Road (Karaoke)"),
            track("Ann | Road @300")
        ]
        let told = (1...found.count).map { count -> String? in
            let choice = Wish(track("Ann | Road @200")).choose(of: Array(found.prefix(count)), \.self)
            return if case .none(let nearest) = choice { nearest } else { nil }
        }
        #expect(
            told == [
                "Cy - Path, has another title", "Bo - Road, is by another artist",
                "Ann - Road (Live), is another edition, or may be", "Ann - Road (Live), is another edition, or may be",
                "Ann - Road, has another length"
            ])
    }
}
