import Testing

@testable import PipelineFiles

@Suite struct NearMissTests {
    private let words = ["name", "run", "mode", "replicas", "window", "timeout"]

    @Test(arguments: [
        ("replcas", "replicas"), ("Replicas", "replicas"), ("replica", "replicas"), ("relpicas", "replicas"),
        ("nam", "name"), ("rn", "run"), ("timeuot", "timeout")
    ])
    func `a word that is a little off is recognised`(word: String, meant: String) {
        #expect(nearest(to: word, of: words) == meant)
    }

    @Test(arguments: ["", "x", "ledger", "namespace", "rain", String(repeating: "replicas", count: 1000)])
    func `a word that is like none is left alone`(word: String) {
        #expect(nearest(to: word, of: words) == nil)
    }

    @Test func `of no words none is near`() { #expect(nearest(to: "name", of: []) == nil) }
}
