/// An id to look things up by: texts that Unicode takes for equal are different ids.
package struct Key: Hashable {
    package let bytes: [UInt8]
    package init(_ id: String) { bytes = Array(id.utf8) }
}
