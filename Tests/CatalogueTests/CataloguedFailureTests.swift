import Testing
import Wire

@testable import Catalogue

@Suite struct CataloguedFailureTests {
    private func failure(_ line: String) throws -> CataloguedFailure {
        CataloguedFailure(try Record(line: Array(line.utf8)))
    }

    @Test func `a record is kept without its media, and every other byte of it`() throws {
        let kept = try failure(
            #"{"v":1,"kind":"error","id":"a","record":{"v":1,"kind":"track","id":"a","media":{"url":"s"},"x":1.0}}"#)
        #expect(kept.record == #"{"v":1,"kind":"track","id":"a","x":1.0}"#)
    }

    @Test func `a record in a record is kept without its media too`() throws {
        let kept = try failure(
            #"{"v":1,"kind":"error","id":"a","record":{"v":1,"kind":"skip","id":"a","record":{"v":1,"media":{"url":"s"}}}}"#
        )
        #expect(kept.record == #"{"v":1,"kind":"skip","id":"a","record":{"v":1}}"#)
    }

    @Test func `what is missing or of another type is unknown`() throws {
        let kept = try failure(#"{"v":1,"kind":"error","id":"a","stage":7,"class":null,"record":"no"}"#)
        #expect((kept.stage, kept.class, kept.code, kept.message) == ("unknown", "unknown", "unknown", "unknown"))
        #expect(kept.host == nil)
        #expect(kept.record == nil)
    }
}
