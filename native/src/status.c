#include "tern.h"

const char *tern_error_string(int code)
{
    switch (code) {
    case TERN_OK:
        return "ok";
    case TERN_E_ARG:
        return "an argument is missing or out of range";
    case TERN_E_MODEL:
        return "the configuration and tensors do not make a model";
    case TERN_E_MEMORY:
        return "out of memory";
    case TERN_E_FULL:
        return "the context has no room for these tokens";
    case TERN_E_CANCELLED:
        return "cancelled";
    case TERN_E_CPU:
        return "this CPU lacks the instruction set asked for";
    case TERN_E_STATE:
        return "no token was evaluated yet";
    case TERN_E_THREAD:
        return "a thread could not be started";
    case TERN_E_KEY:
        return "the prefix belongs to another model or another kind of session";
    case TERN_E_FILE:
        return "the model's file could not be read: is its disk still there?";
    default:
        return "unknown error";
    }
}

const char *tern_version(void)
{
    return "0.1.0";
}
