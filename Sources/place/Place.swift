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
            copy in the target folder gets the tags and the artwork, is made durable and then renamed, together with \
            those of the other records that are there. If another file has the name, (2), (3) and so on are tried; a file with the same content is reused.

            In a template, %field% is a value and %field:3% a number of at least 3 digits; %albumartist|artist% is \
            the first of these that is known, %genre|"Unsorted"% has a default, {%disc%-} is left out if it is unknown; \
            %%, {{ and }} are the characters themselves, and a / makes a folder. Fields: \(Field.list(Field.ofTracks))

              ... | place --library Music --template '%artist%/%album%/%title%' | record ...
            """,
        reads: ["track", "media", "file"], writes: ["track", "placed"],
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
        object["needs"] =
            Needs(
                reads: ["$SEGUE_SPOOL", "$SEGUE_ARTWORK", Needs.threads], writes: [absolute(library)]
            ).json
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
        let work: (Record) throws(Failure) -> StageAnswer =
            switch (plan, move, retag) {
            case (false, false, false): catalogue.knowing(placement.answer)
            case (false, true, _): atOnce(MoveSession(placement: placement).move)
            case (false, false, true): atOnce(RetagSession(placement: placement).retag)
            case (true, false, false): catalogue.knowing(atOnce(planning.plan))
            case (true, true, _):
                atOnce { record throws(Failure) in try MoveSession(placement: placement).plan(record, planning) }
            case (true, false, true): atOnce(RetagSession(placement: placement).plan)
            }
        return Work(answer: work, settle: placement.arrivals.settle)
    }

    func work(on record: Record, in work: Work) throws(Failure) -> StageAnswer { try work.answer(record) }

    func settle(_ work: Work) { work.settle() }

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

/// The work on one record, and what settles it for several.
struct Work {
    let answer: (Record) throws(Failure) -> StageAnswer
    let settle: () -> Void
}

/// Work that is settled when it is done; nil stands for a record that stays as it is.
private func atOnce(
    _ work: @escaping (Record) throws(Failure) -> Record?
) -> (Record) throws(Failure) -> StageAnswer {
    { record throws(Failure) in try work(record).map(StageAnswer.record) ?? .unchanged }
}

extension Catalogue {
    /// Works on a record under the id that the library knows it by; the answer has the record's own id.
    fileprivate func knowing(
        _ work: @escaping (Record) throws(Failure) -> StageAnswer
    ) -> (Record) throws(Failure) -> StageAnswer {
        { record throws(Failure) in
            if record.aliases.isEmpty { return try work(record) }
            return switch try work(self.known(record)) {
            case .record(let done): .record(record.with(placedOf: done))
            case .settled(let done): .settled { () throws(Failure) in record.with(placedOf: try done()) }
            case .unchanged: .unchanged
            }
        }
    }
}

extension Record {
    fileprivate func with(placedOf other: Record) -> Record {
        var record = self
        record["placed"] = other["placed"]
        return record
    }

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
