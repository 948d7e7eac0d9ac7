import Ledger
import Testing

@testable import DriverKit
@testable import PipelineFiles

@Suite struct ReloadTests {
    private let old: Pipeline = {
        var pipeline = Pipeline(path: "x.yaml")
        pipeline.stages = [Pipeline.Stage(name: "fetch", run: ["fetch"]), Pipeline.Stage(name: "place", run: ["place"])]
        pipeline.stages[0].replicas = 2
        return pipeline
    }()

    private func reload(_ change: (inout Pipeline) -> Void) -> Reload {
        var new = old
        change(&new)
        return Reload(of: old, from: new)
    }

    @Test func `a file that says the same has nothing new`() {
        // A comment before the stages is no change of them.
        let same = reload { $0.stages[0].line = 9 }
        #expect(same.taken.isEmpty && same.left.isEmpty && same.pipeline == old)
    }

    @Test func `what touches no record holds`() {
        let found = reload {
            ($0.grace, $0.scrub) = (7, 86_400)
            ($0.stages[0].replicas, $0.stages[1].replicas, $0.stages[1].retry) = (5, 3, Backoff(attempts: 9))
        }
        #expect(
            found.taken == ["grace", "scrub", "fetch.replicas", "place.retry", "place.replicas"] && found.left.isEmpty)
        #expect(found.pipeline.stages.map(\.replicas) == [5, 3] && found.pipeline.grace == 7)
    }

    @Test func `what does waits for a restart, and the rest holds all the same`() {
        let found = reload {
            ($0.ledger, $0.spoolLimit, $0.inbox, $0.grace) = ("other", 1, "In", 1)
            $0.stages[1].run = ["place", "--library", "Music"]
        }
        #expect(found.taken == ["grace"] && found.left == ["ledger", "spool.limit", "inbox", "place"])
        #expect(found.pipeline.ledger == old.ledger && found.pipeline.stages == old.stages)
    }

    @Test func `other stages wait for a restart`() {
        let found = reload { $0.stages.reverse() }
        #expect(found.left == ["stages"] && found.pipeline == old)
    }

    @Test func `replicas that are taken out of the file stay until the next start`() {
        let found = reload { $0.stages[0].replicas = nil }
        #expect(found.left == ["fetch"] && found.taken.isEmpty && found.pipeline == old)
    }
}
