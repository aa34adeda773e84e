/* Outlets in C: see outlet.py, which has the same in Python and says what each of these does.
 *
 * What is gained: a message to a room of 500 is 500 entries into outlets and 500 system calls, and
 * nothing else; no object is made and no Python is run for any of them.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#include <errno.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* macOS has another way; Python ignores SIGPIPE in any case */
#endif

#define INLINE 2   /* chunks that an outlet holds without memory of its own: most of the time */
#define AT_ONCE 64 /* chunks in one system call; the kernel takes up to 1,024 */

typedef struct {
    PyObject_HEAD
    PyObject *owner;
    PyObject **more;  /* all chunks, once there have been more than INLINE of them in this turn */
    PyObject *first[INLINE];
    long long caps;
    unsigned count;   /* chunks that wait */
    unsigned room;    /* chunks that fit into `more` */
    int fd;
    char apart;
    char closed;
} Outlet;

static PyTypeObject OutletType;

static PyObject **chunks_of(Outlet *self) { return self->more ? self->more : self->first; }

/* Add a chunk; 1 if it is the first that waits, 0 if not, -1 with an exception set. */
static int put(Outlet *self, PyObject *data)
{
    if (self->closed || PyBytes_GET_SIZE(data) == 0)
        return 0;
    if (self->count == (self->more ? self->room : INLINE)) {
        unsigned room = self->more ? self->room * 2 : INLINE * 4;
        PyObject **more = PyMem_Realloc(self->more, room * sizeof *more);
        if (!more) {
            PyErr_NoMemory();
            return -1;
        }
        if (!self->more)
            memcpy(more, self->first, sizeof self->first);
        self->more = more;
        self->room = room;
    }
    Py_INCREF(data);
    chunks_of(self)[self->count++] = data;
    return self->count == 1;
}

/* Forget the first `done` chunks. */
static void drop(Outlet *self, unsigned done)
{
    PyObject **chunks = chunks_of(self);
    for (unsigned i = 0; i < done; i++)
        Py_DECREF(chunks[i]); /* bytes: nothing runs when they go */
    self->count -= done;
    if (self->count) {
        memmove(chunks, chunks + done, self->count * sizeof *chunks);
    } else if (self->more) {
        PyMem_Free(self->more);
        self->more = NULL;
    }
}

static int outlet_clear(Outlet *self);

/* Write what waits to the socket; 1 when all is written, 0 when not, -1 with an exception set.
 * What could not be written goes on waiting, and the descriptor is not used again. */
static int send_out(Outlet *self)
{
    while (self->count) {
        struct iovec parts[AT_ONCE];
        PyObject **chunks = chunks_of(self);
        unsigned count = self->count < AT_ONCE ? self->count : AT_ONCE, done = 0;
        ssize_t sent;
        for (unsigned i = 0; i < count; i++) {
            parts[i].iov_base = PyBytes_AS_STRING(chunks[i]);
            parts[i].iov_len = (size_t)PyBytes_GET_SIZE(chunks[i]);
        }
        if (count == 1) {
            sent = send(self->fd, parts[0].iov_base, parts[0].iov_len, MSG_DONTWAIT | MSG_NOSIGNAL);
        } else {
            struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
            sent = sendmsg(self->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        }
        if (sent < 0 && errno == EINTR)
            continue;
        for (size_t left = sent < 0 ? 0 : (size_t)sent; done < count; done++) {
            if (left < parts[done].iov_len) {
                if (left) {
                    PyObject *rest = PyBytes_FromStringAndSize(
                        (char *)parts[done].iov_base + left, (Py_ssize_t)(parts[done].iov_len - left));
                    if (!rest) { /* no memory: better nothing more than the same again */
                        outlet_clear(self);
                        return -1;
                    }
                    Py_SETREF(chunks[done], rest);
                }
                break;
            }
            left -= parts[done].iov_len;
        }
        drop(self, done);
        if (done < count) {
            self->fd = -1;
            return 0;
        }
    }
    return 1;
}

/* -- the type ------------------------------------------------------------------------------- */

static PyObject *outlet_new(PyTypeObject *type, PyObject *Py_UNUSED(args), PyObject *Py_UNUSED(kwargs))
{
    Outlet *self = (Outlet *)type->tp_alloc(type, 0); /* all else is 0 */
    if (self)
        self->fd = -1;
    return (PyObject *)self;
}

static int outlet_init(Outlet *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"owner", "fd", NULL};
    PyObject *owner;
    int fd = -1;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|i:Outlet", names, &owner, &fd))
        return -1;
    Py_INCREF(owner);
    Py_XSETREF(self->owner, owner);
    self->fd = fd;
    return 0;
}

static int outlet_traverse(Outlet *self, visitproc visit, void *arg)
{
    Py_VISIT(self->owner);
    return 0;
}

static int outlet_clear(Outlet *self)
{
    self->closed = 1;
    self->fd = -1;
    drop(self, self->count);
    Py_CLEAR(self->owner);
    return 0;
}

static void outlet_dealloc(Outlet *self)
{
    PyObject_GC_UnTrack(self);
    outlet_clear(self);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyObject *outlet_put(Outlet *self, PyObject *data)
{
    if (!PyBytes_CheckExact(data)) {
        PyErr_SetString(PyExc_TypeError, "an outlet takes bytes");
        return NULL;
    }
    int first = put(self, data);
    return first < 0 ? NULL : PyBool_FromLong(first);
}

static PyObject *outlet_take(Outlet *self, PyObject *Py_UNUSED(ignored))
{
    PyObject **chunks = chunks_of(self), *all;
    if (self->count == 1) {
        all = chunks[0];
        Py_INCREF(all);
    } else {
        Py_ssize_t size = 0;
        for (unsigned i = 0; i < self->count; i++)
            size += PyBytes_GET_SIZE(chunks[i]);
        if (!(all = PyBytes_FromStringAndSize(NULL, size)))
            return NULL;
        char *at = PyBytes_AS_STRING(all);
        for (unsigned i = 0; i < self->count; i++) {
            memcpy(at, PyBytes_AS_STRING(chunks[i]), (size_t)PyBytes_GET_SIZE(chunks[i]));
            at += PyBytes_GET_SIZE(chunks[i]);
        }
    }
    drop(self, self->count);
    return all;
}

static PyObject *outlet_shut(Outlet *self, PyObject *Py_UNUSED(ignored))
{
    outlet_clear(self);
    Py_RETURN_NONE;
}

static PyMethodDef outlet_methods[] = {
    {"put", (PyCFunction)outlet_put, METH_O, NULL},
    {"take", (PyCFunction)outlet_take, METH_NOARGS, NULL},
    {"shut", (PyCFunction)outlet_shut, METH_NOARGS, NULL},
    {0},
};

static PyMemberDef outlet_members[] = {
    {"owner", T_OBJECT, offsetof(Outlet, owner), READONLY, NULL},
    {"waiting", T_UINT, offsetof(Outlet, count), READONLY, NULL},
    {"caps", T_LONGLONG, offsetof(Outlet, caps), 0, NULL},
    {"fd", T_INT, offsetof(Outlet, fd), 0, NULL},
    {"apart", T_BOOL, offsetof(Outlet, apart), 0, NULL},
    {0},
};

static PyTypeObject OutletType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "chatd.session._outlet.Outlet",
    .tp_basicsize = sizeof(Outlet),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_new = outlet_new,
    .tp_init = (initproc)outlet_init,
    .tp_dealloc = (destructor)outlet_dealloc,
    .tp_traverse = (traverseproc)outlet_traverse,
    .tp_clear = (inquiry)outlet_clear,
    .tp_methods = outlet_methods,
    .tp_members = outlet_members,
};

/* -- many outlets at once ------------------------------------------------------------------- */

/* The text for a set of capabilities, borrowed from `texts`; made by `render` when it is new. */
static PyObject *text_for(PyObject *texts, PyObject *render, long long caps)
{
    PyObject *key = PyLong_FromLongLong(caps), *text;
    if (!key)
        return NULL;
    text = PyDict_GetItemWithError(texts, key);
    if (!text && !PyErr_Occurred()) {
        PyObject *made = PyObject_CallOneArg(render, key);
        if (made && !PyBytes_CheckExact(made))
            PyErr_SetString(PyExc_TypeError, "a text is bytes");
        else if (made && PyDict_SetItem(texts, key, made) == 0)
            text = made; /* the dictionary keeps it */
        Py_XDECREF(made);
    }
    Py_DECREF(key);
    return text;
}

static PyObject *spread(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t count)
{
    if (count != 5 || !PyDict_Check(args[0]) || !PyDict_Check(args[1]) || !PyDict_Check(args[2])
        || !PyList_Check(args[4])) {
        PyErr_SetString(PyExc_TypeError, "spread(members, without, texts, render, dirty)");
        return NULL;
    }
    PyObject *without = PyDict_GET_SIZE(args[1]) ? args[1] : NULL, *text = NULL, *who, *value;
    PyObject *apart = PyList_New(0);
    long long caps = 0;
    Py_ssize_t at = 0;
    if (!apart)
        return NULL;
    while (PyDict_Next(args[0], &at, &who, &value)) {
        int found = without ? PyDict_Contains(without, who) : 0, first;
        if (found < 0)
            goto failed;
        if (found)
            continue;
        if (!Py_IS_TYPE(value, &OutletType)) {
            PyErr_SetString(PyExc_TypeError, "a member without an outlet");
            goto failed;
        }
        Outlet *outlet = (Outlet *)value;
        if (!text || outlet->caps != caps) {
            caps = outlet->caps;
            if (!(text = text_for(args[2], args[3], caps)))
                goto failed;
        }
        if (outlet->apart) {
            if (PyList_Append(apart, value) < 0)
                goto failed;
            continue;
        }
        first = put(outlet, text);
        if (first < 0 || (first && PyList_Append(args[4], value) < 0))
            goto failed;
    }
    return apart;
failed:
    Py_DECREF(apart);
    return NULL;
}

static PyObject *write_out(PyObject *Py_UNUSED(module), PyObject *dirty)
{
    if (!PyList_Check(dirty)) {
        PyErr_SetString(PyExc_TypeError, "write_out takes a list of outlets");
        return NULL;
    }
    PyObject *left = PyList_New(0);
    if (!left)
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(dirty); i++) {
        PyObject *item = PyList_GET_ITEM(dirty, i);
        if (!Py_IS_TYPE(item, &OutletType)) {
            PyErr_SetString(PyExc_TypeError, "write_out takes a list of outlets");
            goto failed;
        }
        Outlet *outlet = (Outlet *)item;
        if (!outlet->count)
            continue;
        int sent = outlet->fd < 0 ? 0 : send_out(outlet);
        if (sent < 0 || (!sent && PyList_Append(left, item) < 0))
            goto failed;
    }
    return left;
failed:
    Py_DECREF(left);
    return NULL;
}

static PyMethodDef functions[] = {
    {"spread", (PyCFunction)(void (*)(void))spread, METH_FASTCALL, NULL},
    {"write_out", write_out, METH_O, NULL},
    {0},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "_outlet", .m_size = -1, .m_methods = functions};

PyMODINIT_FUNC PyInit__outlet(void)
{
    PyObject *module;
    if (PyType_Ready(&OutletType) < 0 || !(module = PyModule_Create(&definition)))
        return NULL;
    if (PyModule_AddObjectRef(module, "Outlet", (PyObject *)&OutletType) < 0) {
        Py_DECREF(module);
        return NULL;
    }
    return module;
}
