import Testing
import Wire

@testable import segue

@Suite struct FoundStageTests {
    private func found(
        _ run: [String] = ["sh"], writes: [String]? = nil, mode: StagePlan.Mode = .map, saying answer: String? = nil
    ) throws -> FoundStage {
        FoundStage(
            stage: Pipeline.Stage(name: "a", run: run, mode: mode, writes: writes), executable: try Executable(["sh"]),
            description: try answer.map { try Description(answer: Array($0.utf8), of: "sh") })
    }

    private func description(_ name: String = "a", mode: String = "map", writes: String = "") -> String {
        """
        {"name":"\(name)","contract":1,"mode":"\(mode)","kinds":["track"],"reads":[],"writes":[\(writes)]}
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
        #expect(try !found(["resolve", "--rows"], saying: description(writes: #""media""#)).writesMedia)
        #expect(try !found().writesMedia)
    }

    @Test func `files come into the spool by fetch, or by a program that is said to write them`() throws {
        #expect(try found(saying: description("fetch", writes: #""file""#)).fetches)
        #expect(try !found(saying: description("decrypt", writes: #""file""#)).fetches)
        #expect(try found(writes: ["file"]).fetches)
        #expect(try !found().fetches)
    }

    @Test func `members come from a stage whose mode is so, in the file or by its own word`() throws {
        #expect(try found(mode: .expand).expands)
        #expect(try found(saying: description(mode: "expand")).expands)
        #expect(try !found(saying: description()).expands)
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
