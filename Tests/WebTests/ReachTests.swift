import Testing

@testable import Web

@Suite struct ReachTests {
    @Test(
        arguments: [
            ("127.0.0.1", .machine), ("127.8.8.8", .machine), ("0.0.0.0", .machine), ("::1", .machine),
            ("::", .machine),
            ("::ffff:127.0.0.1", .machine), ("64:ff9b::7f00:1", .machine), ("169.254.169.254", .link),
            ("fe80::1", .link),
            ("fe80::1%eth0", .link), ("10.0.0.7", .network), ("172.16.0.1", .network), ("172.31.255.1", .network),
            ("192.168.1.5", .network), ("100.64.0.1", .network), ("fd00::5", .network), ("::ffff:10.0.0.7", .network),
            ("172.32.0.1", .world), ("100.128.0.1", .world), ("192.0.2.1", .world), ("2001:db8::1", .world),
            ("::2", .world),
            ("a name", .world)
        ] as [(String, Reach)]) func `an address is as near as its network`(address: String, reach: Reach)
    {
        #expect(Reach(address) == reach)
    }

    @Test func `this machine is nearest`() { #expect(.world < .network && .network < .link && Reach.link < .machine) }
}
