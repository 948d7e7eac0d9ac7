import Processes
import Testing
import Wire

@testable import PipelineFiles

@Suite struct KnownCatalogsTests {
    /// A stage that tells its catalogs, or does not.
    private func stage(_ catalogs: [String]?, sources: String = "", mode: String = "expand", roles: String = "")
        throws -> FoundStage
    {
        let names = catalogs.map { #","catalogs":[\#($0.map { "\"\($0)\"" }.joined(separator: ","))]"# } ?? ""
        let told = names + #","sources":[\#(sources)]"#
        let answer = """
            {"name":"a","contract":1,"mode":"\(mode)","kinds":["request","track"],"reads":[],"writes":[],"roles":[\(roles)]\(told)}
            """
        return FoundStage(
            stage: Pipeline.Stage(name: "a", run: ["sh"]), executable: try Executable(["sh"]),
            description: try Description(answer: Array(answer.utf8), of: "sh"))
    }

    @Test func `a folder is for a stage that takes it in`() throws {
        let reference = Array("folder:/a/b".utf8)
        let failure = #expect(throws: Failure.self) {
            try KnownCatalogs([try stage(["home"])]).request(reference, first: false)
        }
        #expect(failure?.code == "bad_ref" && failure?.message.contains("intake") == true)
        let taking = KnownCatalogs([try stage(["home"]), try stage(nil, roles: #""intake""#)])
        #expect(try taking.request(reference, first: false).record.ref == "folder:/a/b")
    }

    @Test(
        arguments: [
            ([["home"]], "home:track:5", "catalog:track:5"), ([["catalog"]], "catalog:track:5", nil),
            ([["home", "catalog"]], "catalog:track:5", nil), ([["home"], ["shop"]], "home:track:5", "catalog:track:5"),
            ([[], ["shop"]], "shop:track:5", "catalog:track:5")
        ] as [([[String]], String, String?)])
    func `what names no catalog is of the only one, or of the one without a name`(
        catalogs: [[String]], id: String, former: String?
    ) throws {
        let known = KnownCatalogs(try catalogs.map { try stage($0) })
        let request = try known.request(Array("track:5".utf8), first: false)
        #expect(request.record.id == id && request.formerID == former)
        #expect(known.ids(of: "track:5") == [id] + (former.map { [$0] } ?? []))
        #expect(known.ids(of: "nothing").isEmpty)
    }

    @Test(arguments: [
        ("track:isrc:us-rc1-76-07839", "catalog:track:isrc:us-rc1-76-07839"),
        ("home:track:isrc:us-rc1-76-07839", "home:track:isrc:us-rc1-76-07839"), ("home:track:5", nil),
        ("home:track:isrc:USRC17607839", nil), ("http://h/a.mp3", nil)
    ])
    func `what an earlier version called it is told where that was otherwise`(text: String, former: String?) throws {
        let known = KnownCatalogs([try stage(["home"])])
        #expect(try known.request(Array(text.utf8), first: false).formerID == former)
    }

    @Test(arguments: [("track:5", [["home", "shop"]]), ("track:5", [[]]), ("shop:track:5", [["home"], ["catalog"]])])
    func `what no stage could resolve is refused`(text: String, catalogs: [[String]]) throws {
        let known = KnownCatalogs(try catalogs.map { try stage($0) })
        let failure = #expect(throws: Failure.self) { try known.request(Array(text.utf8), first: false) }
        #expect(failure?.code == "no_catalog")
    }

    @Test func `a catalog of several stages is named once`() throws {
        let known = KnownCatalogs([try stage(["home"]), try stage(["home"])])
        let failure = #expect(throws: Failure.self) { try known.request(Array("shop:track:5".utf8), first: false) }
        #expect(failure?.message == "shop:track:5 names the catalog shop, but this pipeline has: home")
    }

    @Test func `a kind that no catalog has is refused, and may be one of a source`() throws {
        let known = KnownCatalogs([try stage(["home", "ia"], sources: #""ia""#)])
        let request = try known.request(Array("ia:item:a".utf8), first: false)
        #expect(request.record.id == "ia:item:a" && request.isCollection)
        let failure = #expect(throws: Failure.self) { try known.request(Array("home:albun:3".utf8), first: false) }
        #expect(failure?.code == "bad_ref" && failure?.message.contains("did you mean album?") == true)
    }

    @Test func `a stage that does not tell its catalogs may know any`() throws {
        for stages in [[try stage(nil), try stage(["home"])], [try stage(["home"]), try stage(nil)], [try stage(nil)]] {
            let request = try KnownCatalogs(stages).request(Array("odd:track:5".utf8), first: false)
            #expect(request.record.id == "odd:track:5")
        }
        let request = try KnownCatalogs([try stage(nil)]).request(Array("track:5".utf8), first: false)
        #expect(request.record.id == "catalog:track:5")
    }

    @Test func `nothing is refused where another program may know more`() throws {
        let stranger = Pipeline.Stage(name: "own", run: ["./own"], mode: .expand)
        let request = try KnownCatalogs(Pipeline(path: "x", stages: [stranger])).request(
            Array("odd:track:5".utf8), first: true)
        #expect(request.record.id == "odd:track:5" && request.isFirst && !request.isCollection)
    }
}
