// A listener that can't be had: where it is set, why, and what to do.

import Glibc
import Relay

extension Finding {
    init(_ error: Relay.ListenError, _ loaded: Loaded) {
        let index = loaded.configuration.listeners.firstIndex { $0.description == error.address }
        let place = index.flatMap { loaded.listenerPlaces.indices.contains($0) ? loaded.listenerPlaces[$0] : nil }
        let other = place?.line == nil ? "choose another with --listen" : "set another here"
        self.init(place ?? .program, .error, error.description, error.finder.map { "\($0), or \(other)" } ?? other)
    }
}

extension Relay.ListenError {
    /// How to find what is in the way.
    var finder: String? {
        switch code {
        case EADDRINUSE: "see which with: sudo ss -ltnp 'sport = :\(address.split(separator: ":").last ?? "")'"
        case EADDRNOTAVAIL: "see which it has with: ip address"
        default: nil
        }
    }
}
