import Processes
import Testing
import Wire

@testable import PipelineFiles

@Suite struct FoundStageTests {
    private func found(
        _ run: [String] = ["sh"], writes: [String]? = nil, mode: Description.Mode = .map, saying answer: String? = nil
    ) throws -> FoundStage {
        FoundStage(
            stage: Pipeline.Stage(name: "a", run: run, mode: mode, writes: writes), executable: try Executable(["sh"]),
            description: try answer.map { try Description(answer: Array($0.utf8), of: "sh") })
    }

    private func description(mode: String = "map", writes: String = "", others: String = "") -> String {
        """
        {"name":"a","contract":1,"mode":"\(mode)","kinds":["track"],"reads":[],"writes":[\(writes)]\(others)}
        """
    }

    @Test func `a program of one's own works on all kinds unless the file says which`() throws {
        #expect(try found().kinds == nil)
        #expect(try found(saying: description()).kinds == ["track"])
        #expect(try FoundStage(Pipeline.Stage(name: "a", run: ["sh"], kinds: ["poem"])).kinds == ["poem"])
    }

    @Test func `media is written by who says so, and not by who only lists rows`() throws {
        #expect(try found(writes: ["media"]).writesMedia)
        #expect(try found(saying: description(writes: #""media""#)).writesMedia)
        #expect(try !found(saying: description(writes: #""media""#, others: #","rows":true"#)).writesMedia)
        #expect(try !found().writesMedia)
    }

    @Test func `files come into the spool by who has that role, or by a program that is said to write them`() throws {
        #expect(try found(saying: description(writes: #""file""#, others: #","roles":["fetch"]"#)).fetches)
        #expect(try !found(saying: description(writes: #""file""#)).fetches)
        #expect(try found(writes: ["file"]).fetches)
        #expect(try !found().fetches)
    }

    @Test func `members come from a stage whose mode is so, in the file or by its own word`() throws {
        #expect(try found(mode: .expand).expands)
        #expect(try found(saying: description(mode: "expand")).expands)
        #expect(try !found(saying: description()).expands)
    }

    @Test func `a role is what a stage says, and one that nobody asks for is none`() throws {
        let stage = try found(saying: description(others: #","roles":["search","dance"],"library":"/m""#))
        #expect(stage.has(.search) && !stage.has(.plan) && stage.description?.roles == [.search])
        #expect(try stage.library == "/m" && !found().has(.search))
    }

    @Test func `a library is the one that files are put into, else the one where they are booked`() throws {
        let reader = try found(saying: description(others: #","library":"/a""#))
        let placer = try found(saying: description(writes: #""placed""#, others: #","library":"/b""#))
        let booker = try found(saying: description(writes: #""recorded""#, others: #","library":"/c""#))
        #expect([reader, booker, placer].library == "/b" && [reader, booker].library == "/c")
        #expect([reader].library == nil)
    }

    @Test(arguments: [
        (["a", "b"], ["a", "b", "--x", "1"]), (["a", "--", "b"], ["a", "--x", "1", "--", "b"])
    ])
    func `further arguments stand before what are none`(run: [String], command: [String]) throws {
        #expect(try found(run).command(with: ["--x", "1"]) == command)
    }

    @Test func `a role that no stage has is named, with the programs that were not asked`() throws {
        let pipeline = Pipeline(path: "p.yaml")
        let stages = [try found()]
        let failure = #expect(throws: Failure.self) { try pipeline.stage(.search, in: stages) }
        #expect(failure?.code == "no_role" && failure?.message.contains("role search (not asked: a)") == true)
    }

    @Test(arguments: [
        "", "{}", "[]", "nothing", #"{"name":"a","contract":1,"mode":"map","kinds":[1],"reads":[],"writes":[]}"#
    ])
    func `an answer that leaves something out is none`(answer: String) {
        #expect {
            _ = try Description(answer: Array(answer.utf8), of: "sh")
        } throws: { ($0 as? Failure)?.code == "no_description" }
    }
}
