/// An id as a dictionary key: strings that are only canonically equivalent are different ids.
package struct Key: Hashable {
    package let bytes: [UInt8]
    package init(_ id: String) { bytes = Array(id.utf8) }
}
