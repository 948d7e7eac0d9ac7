import Testing
import Wire

@testable import resolve

@Suite struct ReferenceTests {
    @Test(
        arguments: [
            ("track:1", nil, Reference.Kind.track, "1"), ("playlist:908622995", nil, .playlist, "908622995"),
            ("home:album:2", "home", .album, "2"), ("track:a:b", nil, .track, "a:b"),
            ("home:track:a:b", "home", .track, "a:b"),
            ("track:track:1", nil, .track, "track:1")
        ] as [(String, String?, Reference.Kind, String)])
    func `a reference names a catalog, a kind and an id`(
        _ text: String, _ catalog: String?, _ kind: Reference.Kind, _ id: String
    ) throws {
        let reference = try Reference(text)
        #expect((reference.catalog, reference.kind, reference.id) == (catalog, kind, id))
    }

    @Test(arguments: [
        "", ":", "track", "track:", "song:1", "a:b:c", ":track:1", "track: 1", "track:1\n", "track:\u{0}", "Track:1"
    ])
    func `anything else is refused`(_ text: String) {
        let failure = #expect(throws: Failure.self) { try Reference(text) }
        #expect(failure?.code == "bad_ref")
    }
}
