import Catalogue
import Files
import Glibc
import Ledger
import Synchronization
import Wire

/// Where the files of a library are, by its catalogue: somebody may have edited or moved them since they were booked.
final class Presence: Sendable {
    /// Absolute.
    let library: String
    private let catalogue = Mutex<Catalogue?>(nil)
    /// Whether there was a catalogue at some time, as the ledger remembers.
    private let isNoted = Mutex(false)
    /// The identity of its folder when this driver last saw it.
    private let root = Mutex<LibraryRoot.Identity?>(nil)

    init(library: String) { self.library = library }

    /// Whether there is a catalogue now.
    var isThere: Bool { access("\(library)/.segue/catalogue.sqlite", F_OK) == 0 }

    /// Why nothing may be placed there: where a catalogue was, an empty folder is no new library, nor is a folder that
    /// has replaced another before there was a catalogue.
    var absence: Failure? {
        let found = LibraryRoot.Identity(of: library)
        if isThere || (root.withLock { $0 == nil || $0 == found } && !isNoted.withLock({ $0 })) {
            if let found { root.withLock { $0 = found } }
            return nil
        }
        guard isNoted.withLock({ $0 }) else { return LibraryRoot.gone(library) }
        return .config(
            "library_gone",
            "the library \(library) had a catalogue, and there is none now: mount it, or put it back; "
                + "to start a new one, segue import \(library) makes an empty one")
    }

    /// The folder's identity, by which a stage that starts now knows whether it found the same one.
    var environment: [String: String] {
        root.withLock { $0 }.map { [LibraryRoot.Identity.variable: $0.text] } ?? [:]
    }

    /// Reads whether the ledger knows a catalogue there, and notes one that is new to it.
    func recall(in ledger: Ledger) throws(Failure) {
        let setting = "catalogue:\(library)"
        if try ledger.change(now: millisecondsSince1970(), { try $0.setting(setting) }) != nil {
            isNoted.withLock { $0 = true }
        } else if isThere {
            // It may just have been made: a power cut must not leave the ledger knowing one that is not there.
            try synchroniseFolder(of: "\(library)/.segue/catalogue.sqlite")
            try ledger.change(now: millisecondsSince1970()) { try $0.set(setting, "known") }
            isNoted.withLock { $0 = true }
        }
    }

    /// Notes a catalogue that has been made since, unless one is known.
    func note(in ledger: Ledger) throws(Failure) {
        // A stage made the folder.
        if root.withLock({ $0 == nil }), let found = LibraryRoot.Identity(of: library) { root.withLock { $0 = found } }
        if isNoted.withLock({ !$0 }), isThere { try recall(in: ledger) }
    }

    /// How the file of a finished record is found.
    func find(_ record: Record) -> Whereabouts {
        switch standing(of: record) {
        case .there(let placed): placed.lacksArtwork ? .wanting : .there(placed)
        case .edited(let placed): placed.lacksArtwork ? .wanting : .edited
        case .damaged: .wanting
        case .missing: .gone
        case nil: isInAnotherLibrary(record) ? .gone : record.whereabouts
        }
    }

    /// Whether a record's file is in another library: the pipeline file named that before.
    private func isInAnotherLibrary(_ record: Record) -> Bool {
        guard let placed = (try? (record.carried ?? record).placed) ?? nil,
            !placed.path.utf8.starts(with: "\(library)/".utf8)
        else { return false }
        return access(library, F_OK) != 0 || !lies(folder(of: placed.path), within: library)
    }

    /// Also nil where the catalogue cannot be read; the stage that writes it says so.
    private func standing(of record: Record) -> Catalogue.Standing? {
        catalogue.withLock { catalogue in
            if catalogue?.isInPlace == false { catalogue = nil }
            if catalogue == nil, isThere { catalogue = try? Catalogue(library: library, readOnly: true) }
            return (try? catalogue?.standing(of: record))?.standing
        }
    }
}
