import DriverKit
import Wire

/// Which replicas have a line of their own, so that lines neither flicker nor jump.
struct BusyRows {
    private var rows: [Place: Row] = [:]

    private struct Place: Hashable, Comparable {
        let stage: Int
        let replica: Int

        static func < (one: Place, other: Place) -> Bool {
            (one.stage, one.replica) < (other.stage, other.replica)
        }
    }

    private struct Row {
        var busy: Overview.Busy
        var seenAt: Int64
    }

    /// How long a record is in hand before its replica gets a line, and how long the line outlives it, in nanoseconds.
    private static let patience: Int64 = 150_000_000
    private static let afterlife: Int64 = 1_000_000_000

    /// The lines to draw, given all replicas; `now` is in monotonic nanoseconds.
    mutating func look(at replicas: [Glance.Busy], now: Int64) -> [Overview.Busy] {
        for replica in replicas {
            let place = Place(stage: replica.stage, replica: replica.replica)
            guard let flight = replica.flights.min(by: { $0.since < $1.since }),
                rows[place] != nil || now - flight.since >= Self.patience
            else { continue }
            let busy = Overview.Busy(
                stage: replica.name, replica: replica.replica, title: flight.record.displayTitle,
                others: replica.flights.count - 1, bytes: flight.progressAt == nil ? nil : flight.bytes,
                total: flight.total)
            rows[place] = Row(busy: busy, seenAt: now)
        }
        rows = rows.filter { now - $0.value.seenAt < Self.afterlife }
        return rows.sorted { $0.key < $1.key }.map(\.value.busy)
    }
}

extension Record {
    /// `Artist - Title`, or else the best name there is.
    var displayTitle: String {
        let track = (try? (carried ?? self).track) ?? nil
        guard let title = track?.title else { return listTitle ?? link ?? id }
        return track?.artist.map { "\($0) - \(title)" } ?? title
    }

    private var listTitle: String? { (try? section("collection")?.string("title")) ?? nil }
}
