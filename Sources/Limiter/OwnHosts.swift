import Synchronization

/// What a process itself knows of hosts: all of it where there is no shared folder, else what could not be written
/// there. Its workers share it.
package final class OwnHosts: Sendable {
    private let buckets = Mutex<[String: TokenBucket]>([:])

    package init() {}

    /// Changes a host's bucket; one that is new is full.
    func change<Result: Sendable>(_ host: String, _ body: (inout TokenBucket) -> Result) -> Result {
        buckets.withLock { body(&$0[host, default: TokenBucket()]) }
    }

    func has(_ host: String) -> Bool { buckets.withLock { $0[host] != nil } }

    func remove(_ host: String) -> TokenBucket? { buckets.withLock { $0.removeValue(forKey: host) } }

    func keep(_ bucket: TokenBucket, of host: String) { buckets.withLock { $0[host] = bucket } }
}
