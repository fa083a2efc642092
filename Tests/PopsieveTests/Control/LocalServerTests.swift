// Clients of the control socket and of the metrics that say nothing, and relays that don't.
// Must not steer a relay.

import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import popsieve

@Suite struct LocalServerTests {
    /// Who says nothing once kept health checks out, which then had a healthy relay started again.
    @Test func whoSaysNothingMakesRoom() async throws {
        let accepted = Accepted()
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 0)
        let group = MultiThreadedEventLoopGroup.singleton
        let server = try await LocalServer.bind(to: address, on: group, most: 2) { channel, seat in
            accepted.add(channel, seat)
        }
        let place = try #require(server.localAddress)
        var clients: [any Channel] = []
        for number in 1...2 {
            clients.append(try await ClientBootstrap(group: group).connect(to: place).get())
            try await accepted.wait(for: number)
        }
        // The second is being answered: it stays, and the first goes.
        accepted.seat(1)?.requestCame()
        clients.append(try await ClientBootstrap(group: group).connect(to: place).get())
        try await accepted.wait(for: 3)
        try await clients[0].closeFuture.get()
        #expect(clients[1].isActive && clients[2].isActive)
        // All are being answered: there is no room.
        accepted.seat(2)?.requestCame()
        let late = try await ClientBootstrap(group: group).connect(to: place).get()
        try await late.closeFuture.get()
        #expect(clients[1].isActive && clients[2].isActive)
        await server.close()
    }

    /// An upgrade, and `status`, once waited without end for a relay that hung.
    @Test(arguments: ["", "x", "{"]) func aRelayThatHangsIsNotWaitedFor(_ said: String) async throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/c"
        let group = MultiThreadedEventLoopGroup.singleton
        let address = try SocketAddress(unixDomainSocketPath: path)
        let server = try await LocalServer.bind(to: address, on: group, most: 2) { channel, _ in
            channel.writeAndFlush(ByteBuffer(string: said), promise: nil)
        }
        let client = ControlClient(path: path, silence: .milliseconds(50))
        await #expect {
            try await client.answers(to: .status)
        } throws: { error in
            (error as? ControlClient.Unreachable)?.message.contains("does not answer") == true
        }
        await server.close()
    }

    private final class Accepted: Sendable {
        private let all = Mutex<[(any Channel, Seat)]>([])

        func add(_ channel: any Channel, _ seat: Seat) { all.withLock { $0.append((channel, seat)) } }
        func seat(_ index: Int) -> Seat? { all.withLock { index < $0.count ? $0[index].1 : nil } }

        func wait(for count: Int) async throws {
            while all.withLock({ $0.count }) < count { try await Task.sleep(for: .milliseconds(1)) }
        }
    }
}
