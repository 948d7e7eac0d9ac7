/// Leave to make one request to a host, from before it is sent until its answer has ended.
package struct Slot: ~Copyable {
    private let lock: LockFile?

    /// Without a lock where nobody counts.
    init(_ lock: consuming LockFile? = nil) { self.lock = lock }

    /// Lets the next one ask; a slot that goes out of use does so too.
    package consuming func release() {}
}
