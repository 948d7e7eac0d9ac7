import Catalogue
import Wire

/// What the library has of a record.
enum Holding {
    /// All that is wanted: the answer.
    case whole(Record)
    /// A file that better media may replace.
    case rival(Rival)
    /// Its file, damaged or without its cover: the record goes on with what was booked.
    case part
    case nothing
}

/// A file of the library that is there, in a format that could be better.
struct Rival {
    let placed: Placed
    /// The `recorded` section of its track.
    let recorded: JSON?

    /// The answer for a record whose recording it is; `offer` is better media that is not taken.
    func skip(_ record: Record, offer: Media? = nil) -> Record {
        var answer = record
        answer.edit("placed") { placed.write(to: &$0) }
        var why = placed.sameAs.map { "the same recording as \($0)" } ?? "in the library"
        if let offer {
            why +=
                ", there as \(placed.quality ?? placed.format.rawValue); "
                + "\(offer.quality ?? offer.format.rawValue) is offered, and taken with --upgrade"
        }
        return .skip(answer, why: why)
    }

    /// The record of a better file, which tells what that replaces.
    func superseded(by record: Record) -> Record {
        var (answer, old) = (record, placed)
        old.isSuperseded = true
        answer.edit("placed") { old.write(to: &$0) }
        answer["recorded"] = recorded
        return answer
    }
}

extension ResolveSession {
    /// What the library has of a record, or else what an earlier stage found there that may be replaced.
    func holding(of record: inout Record) throws(Failure) -> Holding {
        let holding = try library?.holding(of: &record) ?? .nothing
        guard case .nothing = holding, var old = try record.placed, old.isSuperseded else { return holding }
        old.isSuperseded = false
        return .rival(Rival(placed: old, recorded: record["recorded"]))
    }

    /// The better media that is to replace a file of the library; nil, with the answer, where the file stays.
    func contest(
        _ rival: Rival, _ record: Record, _ media: () throws(Failure) -> Media
    ) throws(Failure) -> (media: Media?, answer: Record) {
        let told = try record.placed
        let upgrades = library?.upgrades == true || told?.isSuperseded == true
        let offer: Media
        do throws(Failure) {
            offer = try media()
        } catch {
            // Only what could be told depends on it.
            if error == .stopped || upgrades && error.class != .permanent { throw error }
            return (nil, rival.skip(record))
        }
        guard offer.isBetter(than: rival.placed), !offer.gave(rival.placed) else { return (nil, rival.skip(record)) }
        return upgrades ? (offer, rival.superseded(by: record)) : (nil, rival.skip(record, offer: offer))
    }
}
