import Stripe
import Wire

/// The sources of keys: the keyring first, then the key command.
struct Keys {
    let ring: KeyringFile?
    let command: KeyCommand?

    func key(_ id: String) throws(Failure) -> Key {
        if let key = ring?.key(id) { return key }
        if let key = try command?.key(id) { return key }
        guard ring != nil || command != nil else {
            throw .config("no_keyring", "the file is encrypted: give --keyring or --key-command")
        }
        throw .permanent("no_key", "there is no key \(id)")
    }

    func close() { command?.close() }
}
