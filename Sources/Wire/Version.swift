/// The versions that the programs report.
package enum Version {
    /// The version of all programs of the project.
    package static let project = "0.2.0"
    /// The version of the contract that records follow: the `v` of each.
    package static let contract = 1
}
