#pragma once

namespace provider_host::platform {

/// pipe(), socketpair(), socket(), accept() and dup2(), whose new descriptors are close-on-exec: with one system call
/// where the system has it, otherwise with fcntl(2) afterwards, so that a process that another thread starts in between
/// inherits them. Results and errno are those of the functions. On Linux dup2_close_on_exec() is a system call, which
/// no function in front of libc's sees.
int pipe_close_on_exec(int (&fds)[2]);
int socketpair_close_on_exec(int domain, int type, int (&fds)[2]);
int socket_close_on_exec(int domain, int type);
int accept_close_on_exec(int socket);
int dup2_close_on_exec(int from, int to);

}  // namespace provider_host::platform
