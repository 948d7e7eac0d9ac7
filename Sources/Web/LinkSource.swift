/// Who named a link, which decides how near to this machine it may lead.
package enum LinkSource {
    /// The server at an address: no nearer than itself.
    case server(String)
    /// A program: to the internet, and to the hosts of these base addresses.
    case program(bases: [String])
}
