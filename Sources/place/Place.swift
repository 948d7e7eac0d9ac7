import ArgumentParser
import StageKit
import Wire

/// Puts a finished file into the library: tagged, named after what is known of it, in one step.
@main
struct Place: Stage {
    static let profile = Profile(
        name: "place",
        abstract: "Tag each record's file and put it into the library under a name of its own.",
        discussion: """
            Reads records on stdin and answers each with its placed file. The input file is never changed: a hidden \
            copy in the target folder gets the tags and the artwork, is made durable and then renamed. A name that \
            other content has is left alone and (2), (3) and so on are tried; the same content is there already.

            In a template, %field% is a value and %field:3% a number of at least 3 digits; %albumartist|artist% is \
            the first that is known, %genre|"Unsorted"% has a default, {%disc%-} is left out when it is unknown; \
            %%, {{ and }} are the characters themselves, and a / makes a folder. Fields: \(Field.list)

              ... | place --library Music --template '%artist%/%album%/%title%' | record ...
            """,
        reads: ["track", "media", "file"], writes: ["placed"])

    @Option(help: ArgumentHelp("The library's folder, made when it is missing.", valueName: "dir"))
    var library: String

    @Option(help: ArgumentHelp("Path in the library, without extension.", valueName: "template"))
    var template = Template.standard

    @Flag(help: "Put no cover.jpg or cover.png into the folders of albums.")
    var noCoverFile = false

    @Flag(help: "Only answer with the path that each track would get, from what the record says; nothing is touched.")
    var plan = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if library.isEmpty { throw ValidationError("--library names no folder") }
        do { _ = try Template(template) } catch { throw ValidationError(error.message) }
    }

    func open(_ channels: Channels) throws(Failure) -> Placement {
        let library = plan ? Library(expectedAt: library) : try Library(at: library)
        let template = try Template(template)
        return Placement(
            library: library, template: template, hasCoverFiles: !noCoverFile && template.hasAlbumFolders,
            channels: channels)
    }

    func work(on record: Record, in placement: Placement) throws(Failure) -> Answer {
        if plan { return .record(try placement.plan(record)) }
        if let placed = try record.placed, placement.library.holds(placed) { return .unchanged }
        let placed = try placement.place(record)
        var answer = record
        answer.edit("placed") { placed.write(to: &$0) }
        return .record(answer)
    }
}
