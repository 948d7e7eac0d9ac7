import Testing

@testable import segue

@Suite struct KnownCatalogsTests {
    @Test(arguments: [
        (["resolve"], []), (["resolve", "--catalog", "http://h"], ["catalog"]),
        (["resolve", "--catalog=http://h/?a=b"], ["catalog"]), (["resolve", "--catalog", "a=http://h"], ["a"]),
        (["resolve", "--catalog=a=http://h", "--catalog", "b=subsonic+http://h/x"], ["b", "a"]),
        (["resolve", "--catalog"], [])
    ])
    func `a stage's catalogs are read as resolve reads them`(command: [String], names: [String]) {
        #expect(KnownCatalogs.catalogs(in: command) == names)
    }

    @Test func `nothing is refused where another program may know more`() throws {
        let stranger = Pipeline.Stage(name: "own", run: ["./own"], mode: .expand)
        let request = try KnownCatalogs(Pipeline(path: "x", stages: [stranger])).request(
            Array("odd:track:5".utf8), first: true)
        #expect(request.record.id == "odd:track:5" && request.isFirst && !request.isCollection)
    }
}
