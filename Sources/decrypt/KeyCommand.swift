import StageKit
import Stripe
import Wire

/// A program that is asked for keys, started for the first request and again after it failed.
final class KeyCommand {
    private let command: String
    private let patience: Double
    private let mustDrop: () -> Bool
    private var coprocess: Coprocess?

    /// The most bytes of an answer.
    private static let longestLine = 65_536

    /// `patience` is how many seconds an answer may take.
    init(_ command: String, patience: Double = 30, mustDrop: @escaping () -> Bool = { false }) {
        (self.command, self.patience, self.mustDrop) = (command, patience, mustDrop)
    }

    /// The key, or nil when the program has none with this id; throws `key_command` for anything but a valid answer.
    func key(_ id: String) throws(Failure) -> Key? {
        do throws(Failure) {
            return try Self.key(id, in: try answer(to: id))
        } catch {
            coprocess = nil
            throw error
        }
    }

    /// Closes the program's stdin, so that it knows that no more requests come.
    func close() {
        coprocess?.finish()
        coprocess = nil
    }

    private func answer(to id: String) throws(Failure) -> [UInt8] {
        do throws(Coprocess.Silence) {
            return try running().exchange(Self.question(id), seconds: patience, mustDrop: mustDrop)
        } catch {
            throw error == .stopped ? .stopped : Self.refusal(error.words)
        }
    }

    private func running() throws(Coprocess.Silence) -> Coprocess {
        if let coprocess, coprocess.stray == nil { return coprocess }
        coprocess = nil
        let started = try Coprocess(command, limit: Self.longestLine)
        coprocess = started
        return started
    }

    private static func question(_ id: String) -> ArraySlice<UInt8> {
        var object = JSONObject()
        object["key_id"] = .string(id)
        return object.value.text
    }

    private static func key(_ id: String, in line: [UInt8]) throws(Failure) -> Key? {
        guard let answer = (try? JSON(parsing: line))?.object else {
            throw refusal("did not answer with a JSON object")
        }
        guard let named = answer["key_id"]?.string, named.utf8.elementsEqual(id.utf8) else {
            throw refusal("answered for another key than \(id)")
        }
        if answer["missing"]?.boolean == true { return nil }
        guard let digits = answer["key_hex"]?.string, let key = Key(hexadecimal: digits) else {
            throw refusal("answered without a key_hex of 8 to 112 hex digits")
        }
        return key
    }

    static func refusal(_ what: String) -> Failure { .transient("key_command", "the key command \(what)") }
}
