import ArgumentParser
import Catalogue
import Files
import Naming
import StageKit
import Wire

/// Puts a finished file into the library, tagged and named after its metadata, in one step.
@main
struct Place: Stage {
    static let profile = Profile(
        name: "place",
        abstract: "Tag each record's file and put it into the library under its own name.",
        discussion: """
            Reads records on stdin and answers each with its placed file. The input file is never changed: a hidden \
            copy in the target folder gets the tags and the artwork, is made durable and then renamed. If another file \
            has the name, (2), (3) and so on are tried; a file with the same content is reused.

            In a template, %field% is a value and %field:3% a number of at least 3 digits; %albumartist|artist% is \
            the first of these that is known, %genre|"Unsorted"% has a default, {%disc%-} is left out if it is unknown; \
            %%, {{ and }} are the characters themselves, and a / makes a folder. Fields: \(Field.list(Field.ofTracks))

              ... | place --library Music --template '%artist%/%album%/%title%' | record ...
            """,
        reads: ["track", "media", "file"], writes: ["placed"],
        roles: [.plan, .move, .retag], window: 16, replicas: 64)

    @Option(help: ArgumentHelp("The library's folder, created if it is missing.", valueName: "dir"))
    var library: String

    @Option(help: ArgumentHelp("Path of a file in the library, without extension.", valueName: "template"))
    var template = Template.standard

    @Option(
        help: ArgumentHelp(
            "The same for tracks that were requested by themselves. (default: as --template)", valueName: "template"))
    var singleTemplate: String?

    @Flag(help: "Limit each path in the library to 200 characters, for Windows.")
    var portable = false

    @Flag(help: "Write no cover.jpg or cover.png into album folders.")
    var noCoverFile = false

    @Option(help: ArgumentHelp("Largest cover to embed.", valueName: "bytes"))
    var coverLimit = 1_000_000

    @Flag(
        help: "Rename library files, from record --tracks, to the names that they would get now; fetches nothing.")
    var move = false

    @Flag(help: "Write the tags in their records into files of the library.")
    var retag = false

    @Flag(help: "Dry run: only answer with the path, the new path or the changed tags.")
    var plan = false

    @OptionGroup var common: CommonOptions

    var details: JSONObject {
        var object = JSONObject()
        object["library"] = .string(absolute(library))
        return object
    }

    func validate() throws {
        if library.isEmpty { throw ValidationError("--library names no folder") }
        if move && retag { throw ValidationError("--move and --retag cannot be combined; run one after the other") }
        guard coverLimit >= 0 else { throw ValidationError("--cover-limit takes a number of bytes, 0 or more") }
        do { _ = try lengths } catch { throw ValidationError(error.message) }
    }

    func open(_ channels: Channels) throws(Failure) -> Work {
        let library = plan ? LibraryFolder(expectedAt: library, try lengths) : try LibraryFolder(at: library, lengths)
        if !plan { try tellChangedNames(channels) }
        let covers = Covers(maximumEmbedded: coverLimit, hasFiles: !noCoverFile, channels: channels)
        let catalogue = try Catalogue(library: self.library, readOnly: true)
        let placement = PlaceSession(library: library, scheme: try scheme, covers: covers, channels: channels)
        let planning = PlanSession(library: library, scheme: try scheme)
        return switch (plan, move, retag) {
        case (false, false, false): catalogue.knowing(placement.answer)
        case (false, true, _): MoveSession(placement: placement).move
        case (false, false, true): RetagSession(placement: placement).retag
        case (true, false, false): catalogue.knowing(planning.plan)
        case (true, true, _): { record throws(Failure) in try MoveSession(placement: placement).plan(record, planning) }
        case (true, false, true): RetagSession(placement: placement).plan
        }
    }

    func work(on record: Record, in work: Work) throws(Failure) -> StageAnswer {
        try work(record).map(StageAnswer.record) ?? .unchanged
    }

    private func tellChangedNames(_ channels: Channels) throws(Failure) {
        let scheme = try scheme
        for (text, name) in scheme.template.changedNames + (scheme.single?.changedNames ?? []) {
            channels.note("\(text) in the template becomes \(name), which all file systems take")
        }
    }

    private var scheme: NamingScheme {
        get throws(Failure) {
            let single = try singleTemplate.map { text throws(Failure) in try Template(text) }
            return NamingScheme(template: try Template(template), single: single)
        }
    }

    private var lengths: Lengths {
        get throws(Failure) {
            let scheme = try scheme
            return portable ? try scheme.portableLengths() : .usual
        }
    }
}

/// The work on a record; nil for one that stays as it is.
typealias Work = (Record) throws(Failure) -> Record?

extension Catalogue {
    /// Works on a record under the id that the library knows it by; the answer has the record's own id.
    fileprivate func knowing(_ work: @escaping Work) -> Work {
        { record throws(Failure) in
            if record.aliases.isEmpty { return try work(record) }
            guard let done = try work(self.known(record)) else { return nil }
            var answer = record
            answer["placed"] = done["placed"]
            return answer
        }
    }
}

extension Record {
    /// `from` is where the file was before it was moved.
    func with(placed: Placed, from: String? = nil) -> Record {
        var record = self
        record.edit("placed") { section in
            placed.write(to: &section)
            section["from"] = from.map(JSON.string)
        }
        return record
    }
}
