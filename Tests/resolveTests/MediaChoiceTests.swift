import Testing
import Wire

@testable import resolve

@Suite struct MediaChoiceTests {
    private let offers = [("flac", "flac"), ("mp3", "mp3_320"), ("mp3", "mp3_128"), ("atrac", "md")].map {
        format, quality in
        JSON.trusting(#"{"format":"\#(format)","quality":"\#(quality)","url":"http://example.org/\#(quality)"}"#)
    }

    @Test(
        arguments: [([], "flac"), (["mp3"], "mp3_320"), (["MP3_128", "flac"], "mp3_128"), (["opus", "flac"], "flac")]
            as [([String], String)])
    func `the first wish that is on offer is taken`(_ wishes: [String], _ quality: String) throws {
        #expect(try MediaChoice(wishes: wishes).pick(from: offers).quality == quality)
    }

    @Test(arguments: [["opus"], ["md"], ["atrac"]])
    func `nothing that fits is told with what there is`(_ wishes: [String]) {
        let failure = #expect(throws: Failure.self) { try MediaChoice(wishes: wishes).pick(from: offers) }
        #expect(failure?.code == "no_format")
        #expect(failure?.message == "this track is only available as flac, mp3_320, mp3_128; wanted is \(wishes[0])")
    }

    @Test func `formats that nobody knows are told`() {
        let offers = ["atrac", "shn"].map { JSON.trusting(#"{"format":"\#($0)","url":"http://example.org/1"}"#) }
        let failure = #expect(throws: Failure.self) { try MediaChoice(wishes: []).pick(from: offers) }
        #expect(
            failure?.code == "no_format"
                && failure?.message.contains("only available as atrac, shn; supported are flac, mp3") == true
        )
    }

    @Test func `an empty manifest fits nobody`() {
        let failure = #expect(throws: Failure.self) { try MediaChoice(wishes: ["flac"]).pick(from: []) }
        #expect(failure?.message == "the catalog offers no file of this track")
    }
}
