/// What the programs say that they are.
package enum Version {
    /// Of all programs of the project.
    package static let project = "0.2.0"
    /// Of the contract that records keep to, the `v` of each.
    package static let contract = 1
}
