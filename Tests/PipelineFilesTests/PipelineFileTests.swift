import Glibc
import Ledger
import Limiter
import Processes
import Testing
import Wire

@testable import PipelineFiles

@Suite struct PipelineFileTests {
    private func read(_ text: String) throws -> Pipeline {
        try PipelineFile(bytes: Array(text.utf8), name: "x.yaml").sound()
    }

    private func mistakes(_ text: String) -> [String] {
        PipelineFile(bytes: Array(text.utf8), name: "x.yaml").mistakes.map { "\($0.line): \($0.text)" }
    }

    @Test func `all keys are read`() throws {
        let pipeline = try read(
            """
            ledger: /var/l.sqlite
            spool: {dir: /var/spool, limit: 2GB}
            retry: {attempts: 3, base: 500ms, cap: 1m}
            grace: 10s
            hosts: {"*": {parallel: 8}, API.example.org: {rate: 30/m, segments: 4}}
            stages:
              - name: sort
                run: [./sort.sh, 5, "", yes]
                mode: batch
                replicas: 2
                window: 9
                timeout: 2h
                stall: 5
                retry: {attempts: 1}
                kinds: [track]
                writes: [x_sorted]
            """)
        let stage = Pipeline.Stage(
            name: "sort", run: ["./sort.sh", "5", "", "yes"], mode: .batch, replicas: 2, window: 9, timeout: 7200,
            stall: 5, retry: Backoff(attempts: 1, base: 0.5, cap: 60), kinds: ["track"], writes: ["x_sorted"], line: 7)
        #expect(
            pipeline
                == Pipeline(
                    path: "x.yaml", ledger: "/var/l.sqlite", spool: "/var/spool", spoolLimit: 2_000_000_000,
                    retry: Backoff(attempts: 3, base: 0.5, cap: 60), grace: 10,
                    hosts: [
                        HostLimit(host: "*", parallel: 8), HostLimit(host: "api.example.org", rate: 0.5, segments: 4)
                    ],
                    stages: [stage]))
    }

    @Test func `an inbox is a folder, which may have a time of its own`() throws {
        let plain = try read("{inbox: In, stages: [{name: a, run: [cat]}]}")
        #expect(plain.inbox == "In" && plain.inboxStillness == 60)
        let quick = try read("{inbox: {dir: In, still: 5s}, stages: [{name: a, run: [cat]}]}")
        #expect(quick.inbox == "In" && quick.inboxStillness == 5)
        #expect(quick.search().mistakes.map(\.text).contains { $0.contains("no stage takes in folders") })
    }

    @Test func `what is not said has its standard value`() throws {
        let pipeline = try read("stages: [{name: a, run: [cat]}]")
        #expect(pipeline == Pipeline(path: "x.yaml", stages: [Pipeline.Stage(name: "a", run: ["cat"])]))
        #expect(pipeline.ledger == "state/ledger.sqlite" && pipeline.spool == "state/spool" && pipeline.grace == 30)
        #expect(pipeline.stages[0].window == nil && pipeline.stages[0].timeout == 3600)
    }

    @Test func `a stage that nobody set has what it tells itself, and no more replicas than processors`() throws {
        let pipeline = try read(
            "stages: [{name: a, run: [sort], mode: batch}, {name: b, run: [sort], mode: batch, window: 1}, {name: c, run: [cat]}, {name: d, run: [cat], replicas: 200, window: 7}]"
        )
        let line =
            #"{"name":"x","contract":1,"mode":"map","kinds":[],"reads":[],"writes":[],"window":16,"replicas":500}"#
        let told = try Description(answer: Array(line.utf8), of: "x")
        let stages = try pipeline.stages.map {
            FoundStage(stage: $0, executable: try Executable(["cat"]), description: told)
        }
        let processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        #expect(stages.map(\.window) == [64, 1, 16, 7])
        #expect(stages.map(\.replicas) == [processors, processors, processors, 200])
    }

    @Test func `what a stage needs is read`() throws {
        let pipeline = try read(
            "stages: [{name: a, run: [x], needs: {read: [a.csv], write: [$SEGUE_SPOOL], network: true, env: [A]}}, {name: b, run: [x], needs: {}}, {name: c, run: [x]}]"
        )
        let needs = Needs(reads: ["a.csv"], writes: ["$SEGUE_SPOOL"], variables: ["A"], hasNetwork: true)
        #expect(pipeline.stages.map(\.needs) == [needs, Needs(), nil])
        #expect(mistakes("stages: [{name: a, run: [x], needs: {read: ['']}}]") == ["1: needs: read must name paths"])
    }

    @Test func `a stage has the retry of the file unless it has its own`() throws {
        let pipeline = try read(
            "retry: {attempts: 9, cap: 1h}\nstages: [{name: a, run: [x]}, {name: b, run: [x], retry: {base: 1s}}]")
        #expect(pipeline.stages[0].retry == Backoff(attempts: 9, base: 2, cap: 3600))
        #expect(pipeline.stages[1].retry == Backoff(attempts: 9, base: 1, cap: 3600))
    }

    @Test func `a pause may not be capped below its base`() {
        let found = mistakes("retry: {base: 1h}\nstages: [{name: a, run: [x]}]")
        #expect(found == ["1: retry: cap must not be less than base; set both"])
    }

    @Test func `a host is the same in upper and lower case`() {
        let found = mistakes("hosts:\n  a.b: {parallel: 1}\n  A.B: {parallel: 2}\nstages: [{name: a, run: [x]}]")
        #expect(found == ["3: hosts: a.b is listed twice; upper and lower case are the same"])
    }

    @Test func `a tag of somebody's own is no word`() {
        #expect(mistakes("stages: [{name: a, run: [x, !secret y]}]").count == 1)
    }

    @Test func `there are at most 100 stages`() throws {
        func text(_ count: Int) -> String {
            "stages:\n" + (1...count).map { "- {name: s\($0), run: [x]}\n" }.joined()
        }
        #expect(try read(text(100)).stages.count == 100)
        #expect(mistakes(text(101)) == ["2: stages must be a list of 1 to 100 stages"])
    }

    @Test func `the failure has a line for each mistake`() {
        #expect {
            _ = try read("grace: x\nstages: [{name: a}]")
        } throws: { error in
            guard let failure = error as? Failure else { return false }
            let lines = failure.message.split(separator: "\n")
            return failure.class == .config && failure.code == "bad_pipeline" && lines.count == 2
                && lines[0].hasPrefix("x.yaml:1: ") && lines[1].hasPrefix("x.yaml:2: ")
        }
    }

    @Test func `only a file that can be read is one`() {
        #expect {
            _ = try Pipeline(file: "/no/such/file.yaml")
        } throws: { ($0 as? Failure)?.class == .config && ($0 as? Failure)?.code == "no_pipeline" }
    }
}
