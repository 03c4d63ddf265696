import type {DatasourceName} from '../core/datasources.ts';
import type {HardwareName} from '../core/hardware.ts';
import type {FormatName} from '../stages/format/image-formats.ts';

/** What leanos has to know of a cloud, or of a hypervisor that is used like one. */
export interface Cloud {
  /** As its makers write it. */
  readonly name: string;
  /** Formats that it takes, the best first. */
  readonly formats: readonly FormatName[];
  /** Where its guests find their instance data. */
  readonly datasources: readonly DatasourceName[];
  /** Rows of `hardware:` that have drivers for all that it may show. */
  readonly hardware: readonly HardwareName[];
  /** What brings the image up there. FILE is the image, SEED a folder with user-data and meta-data. */
  readonly commands: readonly string[];
  /** What its users should know, in Markdown. */
  readonly note?: string;
  /** Where its makers say so. */
  readonly source: string;
}

/** The disc that NoCloud is read from, where the hypervisor makes none. */
const SEED_DISC =
  'xorriso -as mkisofs -output seed.iso -volid cidata -joliet -rock SEED/user-data SEED/meta-data';

/** The clouds, in the order of docs/clouds.md: public ones, those that people run, hypervisors, containers. */
export const CLOUDS: readonly Cloud[] = [
  {
    name: 'Amazon EC2',
    formats: ['ec2', 'vmdk', 'vhd'],
    datasources: ['ec2'],
    hardware: ['cloud'],
    commands: [
      'aws s3 cp FILE s3://BUCKET/leanos.raw',
      "aws ec2 import-snapshot --disk-container 'Format=RAW,UserBucket={S3Bucket=BUCKET,S3Key=leanos.raw}'",
      'aws ec2 register-image --name leanos --architecture x86_64 --virtualization-type hvm --ena-support --boot-mode uefi-preferred --root-device-name /dev/xvda --block-device-mappings DeviceName=/dev/xvda,Ebs={SnapshotId=SNAPSHOT}',
      'aws ec2 run-instances --image-id AMI --instance-type t3.nano --key-name KEY --user-data file://SEED/user-data',
    ],
    source: 'https://docs.aws.amazon.com/vm-import/latest/userguide/vmimport-import-snapshot.html',
  },
  {
    name: 'Google Compute Engine',
    formats: ['gce'],
    datasources: ['google'],
    hardware: ['cloud'],
    commands: [
      'gcloud storage cp FILE gs://BUCKET/leanos.tar.gz',
      'gcloud compute images create leanos --source-uri gs://BUCKET/leanos.tar.gz --guest-os-features UEFI_COMPATIBLE,VIRTIO_SCSI_MULTIQUEUE',
      'gcloud compute instances create one --image leanos --metadata-from-file user-data=SEED/user-data',
    ],
    source: 'https://cloud.google.com/compute/docs/import/import-existing-image',
  },
  {
    name: 'Microsoft Azure',
    formats: ['vhd'],
    datasources: ['azure'],
    hardware: ['cloud'],
    commands: [
      'az storage blob upload --account-name ACCOUNT --container-name images --type page --file FILE --name leanos.vhd',
      'az image create --resource-group GROUP --name leanos --os-type Linux --hyper-v-generation V2 --source https://ACCOUNT.blob.core.windows.net/images/leanos.vhd',
      'az vm create --resource-group GROUP --name one --image leanos --ssh-key-values ~/.ssh/id_ed25519.pub --custom-data SEED/user-data',
    ],
    source: 'https://learn.microsoft.com/azure/virtual-machines/linux/create-upload-generic',
  },
  {
    name: 'DigitalOcean',
    formats: ['qcow2', 'raw.gz'],
    datasources: ['digitalocean'],
    hardware: ['cloud'],
    commands: [
      'doctl compute image create leanos --image-url https://HOST/leanos.qcow2 --region fra1',
      'doctl compute droplet create one --image IMAGE --size s-1vcpu-512mb-10gb --region fra1 --ssh-keys KEY --user-data-file SEED/user-data',
    ],
    source: 'https://docs.digitalocean.com/products/custom-images/',
  },
  {
    name: 'Hetzner Cloud',
    formats: ['raw.xz', 'raw.zst'],
    datasources: ['hetzner'],
    hardware: ['cloud'],
    commands: [
      'hcloud-upload-image upload --image-path FILE --compression xz --architecture x86',
      'hcloud server create --name one --type TYPE --image IMAGE --ssh-key KEY --user-data-from-file SEED/user-data',
    ],
    source: 'https://github.com/apricote/hcloud-upload-image',
  },
  {
    name: 'Vultr',
    formats: ['raw'],
    datasources: ['vultr'],
    hardware: ['cloud'],
    commands: [
      'vultr-cli snapshot create-url --url https://HOST/leanos.raw',
      'vultr-cli instance create --region fra --plan vc2-1c-1gb --snapshot SNAPSHOT --ssh-keys KEY',
    ],
    source: 'https://docs.vultr.com/reference/vultr-cli/snapshot/create-url',
  },
  {
    name: 'UpCloud',
    formats: ['raw.gz', 'raw.xz'],
    datasources: ['upcloud'],
    hardware: ['cloud'],
    commands: [
      'upctl storage import --title leanos --zone de-fra1 --source-location FILE',
      'upctl server create --hostname one --zone de-fra1 --os STORAGE --ssh-keys ~/.ssh/id_ed25519.pub --enable-metadata --user-data "$(cat SEED/user-data)"',
    ],
    source: 'https://upcloud.com/docs/guides/importing-server-image/',
  },
  {
    name: 'Oracle Cloud',
    formats: ['qcow2', 'vmdk'],
    datasources: ['oracle'],
    hardware: ['cloud'],
    commands: [
      'oci os object put --bucket-name BUCKET --file FILE --name leanos.qcow2',
      'oci compute image import from-object --compartment-id COMPARTMENT --bucket-name BUCKET --namespace NAMESPACE --name leanos.qcow2 --launch-mode PARAVIRTUALIZED --source-image-type QCOW2',
    ],
    source: 'https://docs.oracle.com/iaas/Content/Compute/Tasks/importingcustomimagelinux.htm',
  },
  {
    name: 'Scaleway',
    formats: ['qcow2'],
    datasources: ['scaleway'],
    hardware: ['cloud'],
    commands: [
      'aws s3 cp FILE s3://BUCKET/leanos.qcow2 --endpoint-url https://s3.fr-par.scw.cloud',
      'scw block snapshot import-from-object-storage bucket=BUCKET key=leanos.qcow2 name=leanos size=1GB',
      'scw instance image create name=leanos snapshot-id=SNAPSHOT arch=x86_64',
      'scw instance server create type=DEV1-S image=IMAGE name=one',
    ],
    note: 'User-data is given to ports of root alone. While a guest asks for it, a moment at each boot, the kernel leaves ports 1000 to 1023 to everybody in the guest: no program there can be told its own port, and the kernel gives out none that are root’s.',
    source: 'https://www.scaleway.com/en/docs/instances/how-to/snapshot-import-export-feature/',
  },
  {
    name: 'Exoscale',
    formats: ['qcow2'],
    datasources: ['exoscale'],
    hardware: ['cloud'],
    commands: [
      'exo compute instance-template register leanos https://HOST/leanos.qcow2 MD5 --zone ch-gva-2 --disable-password --boot-mode uefi',
      'exo compute instance create one --template leanos --template-visibility private --ssh-key KEY --cloud-init SEED/user-data',
    ],
    source: 'https://community.exoscale.com/product/compute/instances/how-to/custom-templates/',
  },
  {
    name: 'Alibaba Cloud',
    formats: ['qcow2', 'raw', 'vhd'],
    datasources: ['alibaba'],
    hardware: ['cloud'],
    commands: [
      'ossutil cp FILE oss://BUCKET/leanos.qcow2',
      'aliyun ecs ImportImage --ImageName leanos --Architecture x86_64 --DiskDeviceMapping.1.OSSBucket BUCKET --DiskDeviceMapping.1.OSSObject leanos.qcow2',
    ],
    source: 'https://www.alibabacloud.com/help/ecs/user-guide/import-custom-images',
  },
  {
    name: 'Tencent Cloud',
    formats: ['qcow2', 'raw', 'vhd', 'vmdk'],
    datasources: ['tencent', 'configdrive'],
    hardware: ['cloud'],
    commands: [
      'coscli cp FILE cos://BUCKET/leanos.qcow2',
      'tccli cvm ImportImage --Architecture x86_64 --OsType Others --OsVersion - --ImageUrl URL --ImageName leanos --Force True',
    ],
    source: 'https://www.tencentcloud.com/document/product/213/4945',
  },
  {
    name: 'Huawei Cloud',
    formats: ['qcow2', 'vhd', 'vmdk', 'raw'],
    datasources: ['openstack', 'configdrive'],
    hardware: ['cloud'],
    commands: [
      'obsutil cp FILE obs://BUCKET/leanos.qcow2',
      'hcloud IMS CreateImage --name=leanos --image_url=BUCKET:leanos.qcow2 --os_type=Linux --min_disk=1',
    ],
    source: 'https://support.huaweicloud.com/intl/en-us/usermanual-ims/en-us_topic_0030713190.html',
  },
  {
    name: 'OVHcloud',
    formats: ['qcow2', 'raw'],
    datasources: ['openstack', 'configdrive'],
    hardware: ['cloud'],
    commands: [
      'openstack image create leanos --file FILE --disk-format qcow2 --container-format bare --property hw_firmware_type=uefi',
    ],
    source: 'https://help.ovhcloud.com/csm/en-public-cloud-compute-upload-own-image',
  },
  {
    name: 'IBM Cloud VPC',
    formats: ['qcow2', 'vhd'],
    datasources: ['configdrive', 'nocloud'],
    hardware: ['cloud'],
    commands: [
      'ibmcloud cos object-put --bucket BUCKET --key leanos.qcow2 --body FILE',
      'ibmcloud is image-create leanos --file cos://REGION/BUCKET/leanos.qcow2 --os-name debian-12-amd64',
    ],
    source: 'https://cloud.ibm.com/docs/vpc?topic=vpc-importing-custom-images-vpc',
  },
  {
    name: 'OpenStack',
    formats: ['qcow2', 'raw', 'uec'],
    datasources: ['openstack', 'configdrive'],
    hardware: ['cloud', 'legacy', 'usb'],
    commands: [
      'openstack image create leanos --file FILE --disk-format qcow2 --container-format bare',
      'openstack server create one --image leanos --flavor m1.nano --key-name KEY --user-data SEED/user-data',
    ],
    source: 'https://docs.openstack.org/glance/latest/user/manage-images.html',
  },
  {
    name: 'OpenStack Ironic',
    formats: ['ironic', 'qcow2', 'raw'],
    datasources: ['configdrive', 'openstack'],
    hardware: ['cloud', 'legacy', 'usb'],
    commands: [
      'openstack image create leanos-kernel --file KERNEL --disk-format aki --container-format aki',
      'openstack image create leanos-initramfs --file INITRAMFS --disk-format ari --container-format ari',
      'openstack image create leanos --file FILE --disk-format raw --container-format bare --property img_type=partition --property kernel_id=KERNEL_ID --property ramdisk_id=INITRAMFS_ID',
      'openstack server create one --image leanos --flavor baremetal --key-name KEY --user-data SEED/user-data',
    ],
    source: 'https://docs.openstack.org/ironic/latest/user/creating-images.html',
  },
  {
    name: 'CloudStack',
    formats: ['qcow2', 'ova', 'vhd'],
    datasources: ['cloudstack', 'configdrive'],
    hardware: ['cloud', 'vmware'],
    commands: [
      'cmk register template name=leanos displaytext=leanos format=QCOW2 hypervisor=KVM ostypeid=OSTYPE zoneid=ZONE url=https://HOST/leanos.qcow2',
      'cmk deploy virtualmachine templateid=TEMPLATE serviceofferingid=OFFERING zoneid=ZONE keypair=KEY userdata=$(base64 -w 0 SEED/user-data)',
    ],
    source: 'https://docs.cloudstack.apache.org/en/latest/adminguide/templates.html',
  },
  {
    name: 'OpenNebula',
    formats: ['qcow2', 'raw'],
    datasources: ['opennebula'],
    hardware: ['cloud'],
    commands: [
      'oneimage create --datastore default --name leanos --path FILE --format qcow2 --driver qcow2',
      'onetemplate create --name leanos --cpu 1 --memory 128 --disk leanos --nic NETWORK --ssh --net_context',
      'onetemplate instantiate leanos --name one',
    ],
    source: 'https://docs.opennebula.io/',
  },
  {
    name: 'Proxmox VE',
    formats: ['qcow2'],
    datasources: ['nocloud', 'configdrive'],
    hardware: ['cloud'],
    commands: [
      'qm create 9000 --name leanos --memory 256 --net0 virtio,bridge=vmbr0 --serial0 socket --scsihw virtio-scsi-pci --scsi0 local-lvm:0,import-from=FILE --ide2 local-lvm:cloudinit --boot order=scsi0',
      'qm set 9000 --sshkeys ~/.ssh/id_ed25519.pub --ipconfig0 ip=dhcp',
      'qm start 9000',
    ],
    source: 'https://pve.proxmox.com/wiki/Cloud-Init_Support',
  },
  {
    name: 'libvirt',
    formats: ['qcow2', 'raw'],
    datasources: ['nocloud', 'configdrive'],
    hardware: ['cloud', 'legacy', 'usb'],
    commands: [
      'virt-install --name one --memory 256 --import --osinfo generic --disk path=FILE,bus=virtio --network network=default,model=virtio --cloud-init user-data=SEED/user-data,meta-data=SEED/meta-data --graphics none',
    ],
    source: 'https://man.archlinux.org/man/virt-install.1',
  },
  {
    name: 'Lima',
    formats: ['qcow2'],
    datasources: ['nocloud'],
    hardware: ['cloud'],
    commands: [
      'limactl create --name one --plain one.yaml   # one.yaml: images: [{location: FILE, arch: x86_64}]',
      'limactl start one',
    ],
    source: 'https://lima-vm.io/docs/',
  },
  {
    name: 'Multipass',
    formats: ['qcow2'],
    datasources: ['nocloud'],
    hardware: ['cloud'],
    commands: ['multipass launch file://FILE --name one --cloud-init SEED/user-data'],
    source: 'https://canonical.com/multipass/docs/launch-command',
  },
  {
    name: 'KubeVirt',
    formats: ['containerdisk', 'qcow2'],
    datasources: ['nocloud', 'configdrive'],
    hardware: ['cloud'],
    commands: [
      'leanos push test oci://HOST/leanos:VERSION --format containerdisk',
      'kubectl apply -f one.yaml   # volumes: [{containerDisk: {image: HOST/leanos:VERSION}}, {cloudInitNoCloud: {userData: …}}]',
    ],
    source: 'https://kubevirt.io/user-guide/storage/disks_and_volumes/',
  },
  {
    name: 'Harvester',
    formats: ['qcow2', 'raw', 'containerdisk'],
    datasources: ['nocloud'],
    hardware: ['cloud'],
    commands: [
      'kubectl apply -f image.yaml   # kind: VirtualMachineImage, spec: {sourceType: download, url: https://HOST/leanos.qcow2}',
    ],
    source: 'https://docs.harvesterhci.io/latest/upload-image',
  },
  {
    name: 'Nutanix AHV',
    formats: ['qcow2', 'raw'],
    datasources: ['configdrive', 'nocloud'],
    hardware: ['cloud'],
    commands: [
      'acli image.create leanos source_url=https://HOST/leanos.qcow2 image_type=kDiskImage container=default',
      'acli vm.create_with_customization one cloudinit_userdata_path=file:///SEED/user-data memory=256M',
      'acli vm.disk_create one clone_from_image=leanos',
      'acli vm.nic_create one network=NETWORK',
      'acli vm.on one',
    ],
    source: 'https://portal.nutanix.com/page/documents/details?targetId=AHV-Admin-Guide',
  },
  {
    name: 'VMware vSphere, ESXi, Workstation, Fusion',
    formats: ['ova', 'vmdk'],
    datasources: ['vmware', 'ovf', 'nocloud'],
    hardware: ['vmware'],
    commands: [
      'govc import.ova -name leanos FILE',
      'govc vm.change -vm leanos -e guestinfo.userdata=$(base64 -w 0 SEED/user-data) -e guestinfo.userdata.encoding=base64 -e guestinfo.metadata=$(base64 -w 0 SEED/meta-data) -e guestinfo.metadata.encoding=base64',
      'govc vm.power -on leanos',
    ],
    note: 'Every program in a guest may set `guestinfo.…` by the hypervisor’s call, and so leave user-data for the next boot, as it may with cloud-init. `isolation.tools.setinfo.disable = "TRUE"` in the configuration of the machine closes that.',
    source: 'https://github.com/vmware/govmomi/tree/main/govc',
  },
  {
    name: 'VirtualBox',
    formats: ['ova', 'vmdk'],
    datasources: ['nocloud'],
    hardware: ['virtualbox'],
    commands: [
      'VBoxManage import FILE --vsys 0 --vmname leanos',
      SEED_DISC,
      'VBoxManage storagectl leanos --name seed --add ide',
      'VBoxManage storageattach leanos --storagectl seed --port 0 --device 0 --type dvddrive --medium seed.iso',
      'VBoxManage startvm leanos --type headless',
    ],
    source: 'https://www.virtualbox.org/manual/',
  },
  {
    name: 'Vagrant',
    formats: ['vagrant-libvirt', 'vagrant-virtualbox'],
    datasources: ['nocloud'],
    hardware: ['cloud', 'virtualbox'],
    commands: ['vagrant box add --name leanos FILE', 'vagrant init leanos && vagrant up && vagrant ssh'],
    source: 'https://developer.hashicorp.com/vagrant/docs/boxes',
  },
  {
    name: 'Hyper-V',
    formats: ['vhdx', 'vhd'],
    datasources: ['nocloud', 'azure'],
    hardware: ['cloud'],
    commands: [
      SEED_DISC,
      "New-VM -Name leanos -MemoryStartupBytes 256MB -VHDPath FILE -Generation 2 -SwitchName 'Default Switch'",
      'Add-VMDvdDrive leanos -Path seed.iso',
      'Set-VMFirmware leanos -EnableSecureBoot Off; Start-VM leanos',
    ],
    source: 'https://learn.microsoft.com/windows-server/virtualization/hyper-v/',
  },
  {
    name: 'Xen (xl), XCP-ng',
    formats: ['raw', 'vhd', 'ova'],
    datasources: ['nocloud', 'configdrive'],
    hardware: ['cloud'],
    commands: [
      "xl create leanos.cfg   # type = 'hvm'; disk = ['FILE,raw,xvda,w']; vif = ['bridge=xenbr0']; serial = 'pty'",
    ],
    source: 'https://xenbits.xen.org/docs/unstable/man/xl.cfg.5.html',
  },
  {
    name: 'SmartOS, Triton',
    formats: ['raw.gz'],
    datasources: ['smartos'],
    hardware: ['cloud'],
    commands: ['imgadm install -m leanos.json -f FILE', 'vmadm create -f one.json'],
    source: 'https://docs.smartos.org/managing-images/',
  },
  {
    name: 'Incus, LXD',
    formats: ['incus'],
    datasources: ['lxd'],
    hardware: ['cloud'],
    commands: [
      'incus image import METADATA.tar.xz ROOTFS.squashfs --alias leanos',
      'incus launch leanos one && incus shell one',
    ],
    source: 'https://linuxcontainers.org/incus/docs/main/howto/images_copy/',
  },
  {
    name: 'LXC',
    formats: ['lxc'],
    datasources: ['nocloud'],
    hardware: ['cloud'],
    commands: [
      'lxc-create --name one --template local -- --metadata METADATA --fstree FILE',
      'lxc-start --name one && lxc-attach --name one',
    ],
    source: 'https://linuxcontainers.org/lxc/manpages/',
  },
  {
    name: 'Podman, Docker, Kubernetes',
    formats: ['oci'],
    datasources: ['none'],
    hardware: ['cloud'],
    commands: [
      'leanos push test oci://HOST/leanos:VERSION --format oci',
      'podman run --rm -it HOST/leanos:VERSION',
      'skopeo copy oci-archive:FILE containers-storage:leanos   # without a registry',
    ],
    source: 'https://github.com/containers/skopeo',
  },
  {
    name: 'Firecracker',
    formats: ['firecracker'],
    datasources: ['none'],
    hardware: ['cloud'],
    commands: ['firecracker --no-api --config-file FILE'],
    source: 'https://github.com/firecracker-microvm/firecracker/blob/main/docs/getting-started.md',
  },
  {
    name: 'Bare metal by network (PXE)',
    formats: ['pxe'],
    datasources: ['nocloud'],
    hardware: ['cloud', 'legacy', 'usb'],
    commands: [
      'python3 -m http.server 8000 --directory FOLDER   # of pxe.ipxe, kernel and initramfs',
      "chain http://HOST:8000/NAME-pxe.ipxe   # on iPXE's command line, or from DHCP's filename",
    ],
    source: 'https://ipxe.org/scripting',
  },
  {
    name: 'Bare metal by USB stick',
    formats: ['wic', 'iso', 'unified'],
    datasources: ['nocloud'],
    hardware: ['cloud', 'legacy', 'usb'],
    commands: ['bmaptool copy FILE /dev/sdX'],
    source: 'https://github.com/yoctoproject/bmaptool',
  },
];
